package message

// worth is how many bytes of a text are worth reading: a line is not cut below.
const worth = 60

// Bounded returns m with its title and its fields one line each, the title, the
// labels and the values of at most so many bytes.
func (m Message) Bounded(title, label, value int) Message {
	m.Title = Clip(OneLine(m.Title), title)
	fields := make([]Field, len(m.Fields))
	for i, f := range m.Fields {
		f.Label, f.Value = Clip(OneLine(f.Label), label), Clip(OneLine(f.Value), value)
		fields[i] = f
	}
	m.Fields = fields
	return m
}

// Fit writes n lines, the most important first, into room bytes. Where they do
// not all fit, each is cut to its beginning, the last ones that even so have no
// room are left out, and what room remains makes the first ones whole again, one
// after the other: its text, then its link. So the first lines are whole, and a
// link gives way before the text of a line that is more important.
//
// write returns line i with at most limit bytes of its text, with its link or
// without, and how many bytes of the room it takes; longest is the limit of a
// line that is not cut, and more how many bytes the note takes that lines are
// missing. Fit tells how many are, and whether nothing was cut.
func Fit[Line any](n, room, more, longest int, write func(i, limit int, linked bool) (Line, int)) (lines []Line, missing int, whole bool) {
	lines = make([]Line, n)
	size := 0
	for i := range lines {
		var taken int
		lines[i], taken = write(i, longest, true)
		if size += taken; size > room {
			lines, missing = fitCut(lines, room, more, longest, write)
			return lines, missing, false
		}
	}
	return lines, 0, true
}

func fitCut[Line any](lines []Line, room, more, longest int, write func(i, limit int, linked bool) (Line, int)) (kept []Line, missing int) {
	sizes := make([]int, len(lines))
	size := 0
	for i := range lines {
		lines[i], sizes[i] = write(i, min(worth, longest), false)
		reserve := more
		if i == len(lines)-1 {
			reserve = 0
		}
		if size+sizes[i]+reserve > room {
			lines, missing = lines[:i], len(lines)-i
			room -= more
			break
		}
		size += sizes[i]
	}
	linked := true
	better := func(i, limit int, linked bool) bool {
		line, taken := write(i, limit, linked)
		if size-sizes[i]+taken > room {
			return false
		}
		size += taken - sizes[i]
		lines[i], sizes[i] = line, taken
		return true
	}
	for i := range lines {
		limit := longest
		for limit > worth && !better(i, limit, false) {
			limit /= 2
		}
		linked = linked && limit == longest && better(i, longest, true)
	}
	return lines, missing
}
