//! Stand-in until the mathematics lands.
pub struct Stream;
impl Stream {
    pub fn new(_: u64) -> Stream {
        Stream
    }
    pub fn split(&self, _: u64) -> Stream {
        Stream
    }
}
