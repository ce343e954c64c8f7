package rule

// awsValue reads a value of node n. Every scalar in it counts, through any
// arrays; those of repeated names count as well.
func (r *reader) awsValue(i int, n, in int32, depth int) int {
	node := &r.nodes[n]
	switch r.b[i] {
	case '{':
		if !node.hasChildren {
			return skip(r.b, i, depth)
		}
		if depth >= maxEventDepth {
			return ^i
		}
		return r.object(i, n, in, depth+1)
	case '[':
		if depth >= maxEventDepth {
			return ^i
		}
		return r.awsArray(i, n, in, depth+1)
	}
	if node.field < 0 {
		return skip(r.b, i, depth)
	}
	return r.scalar(i, node.field, in)
}

func (r *reader) awsArray(i int, n, in int32, depth int) int {
	if i = blank(r.b, i+1); i < len(r.b) && r.b[i] == ']' {
		return i + 1
	}
	r.arrays++
	array := r.arrays
	for index, more := int32(0), true; more; index++ {
		if i >= len(r.b) {
			return ^i
		}
		around := in
		if c := r.b[i]; c == '{' || c == '[' {
			around = int32(len(r.elements))
			r.elements = append(r.elements, element{array: array, index: index, parent: in, depth: r.elements[in].depth + 1})
		}
		if i = r.awsValue(i, n, around, depth); i < 0 {
			return i
		}
		if i, more = r.comma(i, ']'); i < 0 {
			return i
		}
	}
	return i
}

// agree reports whether the elements x and y can be chosen together: they do not
// lie in different elements of one array.
func (r *reader) agree(x, y int32) bool {
	e := r.elements
	for e[x].depth > e[y].depth {
		x = e[x].parent
	}
	for e[y].depth > e[x].depth {
		y = e[y].parent
	}
	for x != y {
		if e[x].parent == e[y].parent {
			return e[x].array != e[y].array
		}
		x, y = e[x].parent, e[y].parent
	}
	return true
}
