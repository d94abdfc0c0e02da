//! Asking for what must not stand on a command line.

use std::io::{BufRead, Read};

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use crate::failure::Failure;
use crate::inputs::reason;
use crate::output::Console;

/// The longest password that is read.
const LONGEST: u64 = 64 << 10;

/// Everything on standard input, without the end of its line.
pub(crate) fn password_from_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    let input = std::io::stdin().lock();
    input
        .take(LONGEST)
        .read_to_string(&mut text)
        .map_err(|error| Failure::new(reason(&error)))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

/// Asks for a line.
pub(crate) fn line(question: &str, console: &Console) -> Result<String, Failure> {
    console.data(question);
    let mut text = String::new();
    let read = std::io::stdin().lock().take(LONGEST).read_line(&mut text);
    match read.map_err(|error| Failure::new(reason(&error)))? {
        0 => Err(Failure::new("EOF")),
        _ => Ok(text.trim().to_owned()),
    }
}

/// Asks for a password, which is not shown while it is typed.
pub(crate) fn password(console: &Console) -> Result<String, Failure> {
    secret("Password: ", console)
}

/// Asks for something that is not shown while it is typed.
pub(crate) fn secret(question: &str, console: &Console) -> Result<String, Failure> {
    console.data(question);
    let input = std::io::stdin();
    let no_terminal = |_| {
        Failure::new("inappropriate ioctl for device")
            .hint("there is no terminal to ask on: give the secret by a file or standard input")
    };
    let before = tcgetattr(&input).map_err(no_terminal)?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&input, OptionalActions::Now, &silent).map_err(no_terminal)?;
    let mut text = String::new();
    let read = input.lock().take(LONGEST).read_line(&mut text);
    tcsetattr(&input, OptionalActions::Now, &before).map_err(no_terminal)?;
    console.data("\n");
    read.map_err(|error| Failure::new(reason(&error)))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
