package rule

import "math"

// interval is a closed range of doubles. Open bounds are moved to the next
// double, so that one comparison serves all operators of both dialects.
type interval struct{ lo, hi float64 }

// comparison is the argument of numeric.
type comparison struct {
	off, n uint32 // program.ranges[off:off+n], of which one must contain the number
	shown  span   // as it was written
}

// tolerance is the difference up to which Alibaba takes two numbers for equal.
const tolerance = 1e-7

func (p *program) inRanges(c comparison, v *scalar) bool {
	lo, hi := v.around()
	for _, r := range p.ranges[c.off : c.off+c.n] {
		if lo > r.hi || hi < r.lo {
			continue
		}
		if d := v.double(); r.lo <= d.value && d.value <= r.hi && (p.dialect == Alibaba || d.exact) {
			return true
		}
	}
	return false
}

// everything contains every double, also the infinite ones that very large
// numbers of an event become.
var everything = interval{math.Inf(-1), math.Inf(1)}

// bounded returns the doubles that stand in the relation op to n.
func bounded(d Dialect, op string, n float64) []interval {
	// below and above are the nearest doubles that count as smaller and larger.
	below, above := math.Nextafter(n, math.Inf(-1)), math.Nextafter(n, math.Inf(1))
	if d == Alibaba {
		below = turn(n, -1)
		above = turn(n, 1)
	}
	equal := interval{math.Nextafter(below, math.Inf(1)), math.Nextafter(above, math.Inf(-1))}
	less, greater := everything, everything
	less.hi, greater.lo = below, above
	switch op {
	case "=":
		return []interval{equal}
	case "!=":
		return []interval{less, greater}
	case "<":
		return []interval{less}
	case "<=":
		less.hi = equal.hi
		return []interval{less}
	case ">":
		return []interval{greater}
	case ">=":
		greater.lo = equal.lo
		return []interval{greater}
	}
	return nil
}

// turn returns the double nearest to n in the given direction whose difference
// from n exceeds the tolerance. The difference, rounded as it is, never shrinks
// on the way, so the place can be found by halving.
func turn(n float64, direction float64) float64 {
	near, far := ordinal(n), ordinal(n+direction)
	for near-far > 1 || far-near > 1 {
		middle := near + (far-near)/2
		if math.Abs(fromOrdinal(middle)-n) > tolerance {
			far = middle
		} else {
			near = middle
		}
	}
	return fromOrdinal(far)
}

// ordinal numbers the finite doubles in ascending order, both zeros as 0.
func ordinal(f float64) int64 {
	if f < 0 {
		return -int64(math.Float64bits(-f))
	}
	return int64(math.Float64bits(math.Abs(f)))
}

func fromOrdinal(i int64) float64 {
	if i < 0 {
		return -math.Float64frombits(uint64(-i))
	}
	return math.Float64frombits(uint64(i))
}

// intersect returns what a and b have in common.
func intersect(a, b []interval) []interval {
	var both []interval
	for _, x := range a {
		for _, y := range b {
			if lo, hi := math.Max(x.lo, y.lo), math.Min(x.hi, y.hi); lo <= hi {
				both = append(both, interval{lo, hi})
			}
		}
	}
	return both
}
