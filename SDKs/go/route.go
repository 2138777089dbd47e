package pulp

import "strings"

// route is a pattern and what belongs to it.
//
// The host says which path came, not which pattern it matched, so the path is matched here once more.
type route[Target any] struct {
	method   string
	segments []string
	target   Target
}

func newRoute[Target any](method, pattern string, target Target) route[Target] {
	return route[Target]{method, strings.Split(strings.TrimPrefix(pattern, "/"), "/"), target}
}

// rank: a literal is preferred to :name, and that to *name.
func rank(segment string) int {
	switch {
	case hasPrefix(segment, "*"):
		return 0
	case hasPrefix(segment, ":"):
		return 1
	}
	return 2
}

func (r *route[Target]) matches(method, path string) bool {
	if r.method != method {
		return false
	}
	rest, isOver := strings.TrimPrefix(path, "/"), false
	for _, segment := range r.segments {
		kind := rank(segment)
		if kind == 0 {
			return true
		}
		if isOver {
			return false
		}
		part, after, found := strings.Cut(rest, "/")
		if kind == 2 && part != segment {
			return false
		}
		rest, isOver = after, !found
	}
	return isOver
}

// isBefore says which of two that match a path the host has chosen; of two that are alike the first, with its names.
func (r *route[Target]) isBefore(other *route[Target]) bool {
	for i := 0; i < len(r.segments) && i < len(other.segments); i++ {
		if mine, theirs := rank(r.segments[i]), rank(other.segments[i]); mine != theirs {
			return mine > theirs
		}
	}
	// The shorter one ends where the other has *name, which takes nothing too.
	return len(r.segments) < len(other.segments)
}

func find[Target any](routes []route[Target], method, path string) *route[Target] {
	var best *route[Target]
	for i := range routes {
		if r := &routes[i]; r.matches(method, path) && (best == nil || r.isBefore(best)) {
			best = r
		}
	}
	return best
}
