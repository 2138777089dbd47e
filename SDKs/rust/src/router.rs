//! Which of the plugin's patterns a path belongs to. The host has matched it already, but says only the path.

enum Segment {
    Literal(String),
    /// `:name`, any one segment.
    Param,
    /// `*name`, all that is left.
    Rest,
}

impl Segment {
    /// What is preferred where two patterns match: a literal, then `:name`, then `*name`.
    fn rank(&self) -> u8 {
        match self {
            Segment::Literal(_) => 2,
            Segment::Param => 1,
            Segment::Rest => 0,
        }
    }
}

struct Pattern {
    text: String,
    segments: Vec<Segment>,
}

impl Pattern {
    fn new(text: &str) -> Pattern {
        let parts = text.strip_prefix('/').unwrap_or(text).split('/');
        let segments = parts.map(|part| match part.as_bytes().first() {
            Some(b':') => Segment::Param,
            Some(b'*') => Segment::Rest,
            _ => Segment::Literal(part.to_owned()),
        });
        Pattern { text: text.to_owned(), segments: segments.collect() }
    }

    fn matches(&self, path: &str) -> bool {
        let mut parts = path.strip_prefix('/').unwrap_or(path).split('/');
        for segment in &self.segments {
            match (segment, parts.next()) {
                // Also with nothing left: `/a/*rest` is `/a` too.
                (Segment::Rest, _) => return true,
                (Segment::Literal(text), Some(part)) if text == part => {}
                (Segment::Param, Some(_)) => {}
                _ => return false,
            }
        }
        parts.next().is_none()
    }

    fn is_more_specific(&self, other: &Pattern) -> bool {
        let pairs = self.segments.iter().zip(&other.segments);
        let mut ranks = pairs.map(|(mine, theirs)| (mine.rank(), theirs.rank()));
        // The shorter of two that agree so far ends where the other has `*name`. Of two that are alike the host knows the
        // first, and its names.
        let is_shorter = self.segments.len() < other.segments.len();
        ranks.find(|(mine, theirs)| mine != theirs).map_or(is_shorter, |(mine, theirs)| mine > theirs)
    }
}

/// What belongs to patterns of one kind: `method` is empty for those without.
pub(crate) struct Router<T> {
    routes: Vec<(String, Pattern, T)>,
}

impl<T> Router<T> {
    pub fn new() -> Router<T> {
        Router { routes: Vec::new() }
    }

    /// Adds a route; the same one again takes the place of the first.
    pub fn insert(&mut self, method: &str, pattern: &str, value: T) -> &mut T {
        let same = self.routes.iter().position(|(name, old, _)| name == method && old.text == pattern);
        let index = match same {
            Some(index) => {
                self.routes[index].2 = value;
                index
            }
            None => {
                self.routes.push((method.to_owned(), Pattern::new(pattern), value));
                self.routes.len() - 1
            }
        };
        &mut self.routes[index].2
    }

    /// The number of the most specific route.
    pub fn find(&self, method: &str, path: &str) -> Option<usize> {
        let mut best: Option<usize> = None;
        for (index, (name, pattern, _)) in self.routes.iter().enumerate() {
            if name == method && pattern.matches(path) {
                let is_better = best.map_or(true, |best| pattern.is_more_specific(&self.routes[best].1));
                best = if is_better { Some(index) } else { best };
            }
        }
        best
    }

    /// The route of a number that [`Router::find`] gave.
    pub fn route(&mut self, index: usize) -> Option<&mut T> {
        self.routes.get_mut(index).map(|(_, _, value)| value)
    }

    /// The number of the route that was added first.
    pub fn first(&self) -> Option<usize> {
        if self.routes.is_empty() {
            None
        } else {
            Some(0)
        }
    }
}
