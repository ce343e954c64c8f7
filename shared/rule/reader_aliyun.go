package rule

// aliyunValue reads the value of node n, whose parent is above. It replaces what
// an equal name left before.
func (r *reader) aliyunValue(i int, n, above int32, depth int) int {
	r.visits++
	r.visit[n], r.above[n] = r.visits, r.visit[above]
	node := &r.nodes[n]
	f := node.field
	if f >= 0 && r.heads[f] != 0 {
		r.values[r.heads[f]].next = 0 // keeps the field among the touched
		r.values[r.heads[f]].kind = opaque
	}
	start := i
	switch r.b[i] {
	case '{':
		if node.hasChildren {
			i = r.object(i, n, 0, depth+1)
		} else {
			i = skip(r.b, i, depth)
		}
	case '[':
		if f >= 0 {
			return r.aliyunArray(i, f, depth)
		}
		i = skip(r.b, i, depth)
	default:
		if f >= 0 {
			i = r.scalar(i, f, 0)
			if i >= 0 {
				r.values[r.heads[f]].next = 0
			}
			return i
		}
		return skip(r.b, i, depth)
	}
	if f >= 0 && i >= 0 {
		r.replace(f, start, i)
	}
	return i
}

// replace makes an object, or an array that counts as no value, the only value
// of field f.
func (r *reader) replace(f int32, start, end int) {
	r.record(f, seen{kind: opaque, off: uint32(start), end: uint32(end)})
	r.values[r.heads[f]].next = 0
}

// aliyunArray reads an array as the value of field f: its elements when all of
// them are scalars and there is one, else nothing.
func (r *reader) aliyunArray(i int, f int32, depth int) int {
	start := i
	if i = blank(r.b, i+1); i < len(r.b) && r.b[i] == ']' {
		r.replace(f, start, i+1)
		return i + 1
	}
	first := int32(len(r.values))
	for more := true; more; {
		switch {
		case i >= len(r.b):
			return ^i
		case r.b[i] == '{' || r.b[i] == '[':
			if i = skip(r.b, start, depth); i >= 0 {
				r.replace(f, start, i)
			}
			return i
		}
		if i = r.scalar(i, f, inArray); i < 0 {
			return i
		}
		if i, more = r.comma(i, ']'); i < 0 {
			return i
		}
	}
	r.values[first].next = 0
	return i
}

// counts reports whether the value of node n was not replaced by a later one of
// an equal name on the way to it.
func (r *reader) counts(n int32) bool {
	for n != 0 {
		above := r.nodes[n].parent
		if r.above[n] != r.visit[above] {
			return false
		}
		n = above
	}
	return true
}
