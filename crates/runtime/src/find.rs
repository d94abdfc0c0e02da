//! placeholder
/// placeholder
#[derive(Debug)] pub struct Tried { pub candidate: String, pub why: String }
