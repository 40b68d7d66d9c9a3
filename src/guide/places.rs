//! Where the stretches of a text lie in its file.

/// For each stretch of a text its start there and in the file; empty for a text that does not lie in the file as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places(Vec<(usize, usize)>);

impl Places {
    /// A text that is one stretch of the file.
    pub fn from(start: usize) -> Places {
        Places(vec![(0, start)])
    }

    /// Begins a stretch.
    pub fn push(&mut self, at: usize, start: usize) {
        self.0.push((at, start));
    }

    /// Where a place in the text is in the file.
    pub fn find(&self, at: usize) -> Option<usize> {
        let (from, start) = self.0[..self.0.partition_point(|(from, _)| *from <= at)].last()?;
        Some(start + (at - from))
    }

    /// Adds the stretches of a part of a text to those of another, in which the part begins at `at`.
    pub fn keep(&self, part: std::ops::Range<usize>, at: usize, out: &mut Places) {
        let first = self.find(part.start).map(|start| (part.start, start));
        let rest = self.0.iter().copied().filter(|(from, _)| *from > part.start && *from < part.end);
        out.0.extend(first.into_iter().chain(rest).map(|(from, start)| (at + from - part.start, start)));
    }

    /// Moves the text in its file, or out of it.
    pub fn move_by(&mut self, by: Option<usize>) {
        match by {
            Some(by) => self.0.iter_mut().for_each(|(_, start)| *start += by),
            None => self.0.clear(),
        }
    }
}
