//! The answer to an upload: JSON objects, a line each, where a failure is just another line.

use serde::Deserialize;

use crate::error::foreign_text;

/// The longest line that is kept; longer ones are no messages of interest.
const LONGEST_LINE: usize = 1 << 20;

#[derive(Deserialize)]
struct Line {
    error: Option<String>,
    #[serde(rename = "errorDetail")]
    detail: Option<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    #[serde(default)]
    message: String,
}

/// Reads the lines as they come and keeps the first failure.
#[derive(Default)]
pub(super) struct Answer {
    line: Vec<u8>,
    failure: Option<String>,
}

impl Answer {
    pub(super) fn take(&mut self, bytes: &[u8]) {
        let mut pieces = bytes.split(|&byte| byte == b'\n').peekable();
        while let Some(piece) = pieces.next() {
            let room = LONGEST_LINE.saturating_sub(self.line.len());
            self.line.extend_from_slice(&piece[..piece.len().min(room)]);
            if pieces.peek().is_some() {
                self.end_line();
            }
        }
    }

    /// The failure, if one was reported.
    pub(super) fn failure(mut self) -> Option<String> {
        self.end_line();
        self.failure
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let Ok(line) = serde_json::from_slice::<Line>(&line) else {
            return;
        };
        let detail = line.detail.map(|detail| detail.message);
        if let (None, Some(message)) = (&self.failure, line.error.or(detail)) {
            self.failure = Some(foreign_text(&message));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(parts: &[&str]) -> Option<String> {
        let mut answer = Answer::default();
        for part in parts {
            answer.take(part.as_bytes());
        }
        answer.failure()
    }

    #[test]
    fn an_error_inside_a_successful_answer_is_a_failure() {
        let loading = "{\"status\":\"Loading layer\",\"id\":\"ab\"}\r\n";
        let failed = "{\"errorDetail\":{\"message\":\"no space left\"},\"error\":\"no space left\"}\r\n";
        assert_eq!(failure(&[loading, failed, loading]).as_deref(), Some("no space left"));
        assert_eq!(failure(&[loading, "{\"stream\":\"Loaded image: a:1\\n\"}"]), None);
    }

    #[test]
    fn lines_may_come_in_pieces_and_without_an_end() {
        assert_eq!(failure(&["{\"err", "or\":\"a", "\"}"]).as_deref(), Some("a"));
        assert_eq!(
            failure(&["{\"errorDetail\":{\"message\":\"b\"}}"]).as_deref(),
            Some("b")
        );
        assert_eq!(failure(&["not JSON\n[1]\n"]), None);
    }

    #[test]
    fn a_line_without_end_takes_bounded_memory() {
        let mut answer = Answer::default();
        for _ in 0..40 {
            answer.take(&[b'x'; 100_000]);
        }
        assert!(answer.line.len() <= LONGEST_LINE);
    }
}
