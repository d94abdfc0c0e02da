//! The way from running templates to the [`World`].
//!
//! Templates run on a thread of their own, with a stack for deeply nested values, and functions in their table must own
//! what they use. So they hold an [`Outside`], which passes their questions to the caller's thread, where the world is.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use ironhelm_sprig::SprigWorld;

use crate::render::Forgiven;
use crate::world::{Lookup, LookupAnswer, World};

/// Room for functions that walk nested values by recursion.
const STACK: usize = 64 * 1024 * 1024;

enum Question {
    Lookup(Lookup),
    Random(usize),
    Resolve(String),
}

enum Answer {
    Lookup(LookupAnswer),
    Random(Vec<u8>),
    Resolve(Option<String>),
}

/// The templates' end of the way.
pub(crate) struct Outside {
    now: jiff::Timestamp,
    questions: Sender<Question>,
    answers: Receiver<Answer>,
    missing: RefCell<BTreeSet<Lookup>>,
    lenient: bool,
    forgiven: RefCell<Vec<Forgiven>>,
}

/// Runs `work` on its own thread while this one answers what it asks of `world`; if `lenient`, `fail` and `required` do
/// not end it.
///
/// # Errors
/// The system's error when there can be no thread, or that `work` panicked.
pub(crate) fn with_outside<T: Send>(
    world: &dyn World,
    lenient: bool,
    work: impl FnOnce(Rc<Outside>) -> T + Send,
) -> io::Result<T> {
    let (questions, asked) = channel();
    let (answer, answers) = channel();
    let now = world.now();
    thread::scope(|scope| {
        let run = move || {
            work(Rc::new(Outside {
                now,
                questions,
                answers,
                missing: RefCell::default(),
                lenient,
                forgiven: RefCell::default(),
            }))
        };
        let worker = thread::Builder::new()
            .name("render".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, run)?;
        for question in asked {
            if answer.send(respond(world, question)).is_err() {
                break;
            }
        }
        worker.join().map_err(|_| io::Error::other("rendering template failed"))
    })
}

fn respond(world: &dyn World, question: Question) -> Answer {
    match question {
        Question::Lookup(lookup) => Answer::Lookup(world.lookup(&lookup)),
        Question::Resolve(name) => Answer::Resolve(world.resolve_host(&name)),
        Question::Random(length) => {
            let mut bytes = vec![0; length];
            world.random(&mut bytes);
            Answer::Random(bytes)
        }
    }
}

impl Outside {
    /// The object or list looked up; none when there is nothing or it is not known yet.
    pub(crate) fn lookup(&self, lookup: Lookup) -> Option<serde_json::Value> {
        match self.ask(Question::Lookup(lookup.clone())) {
            Some(Answer::Lookup(LookupAnswer::Known(value))) => Some(value),
            Some(Answer::Lookup(LookupAnswer::Missing)) => {
                self.missing.borrow_mut().insert(lookup);
                None
            }
            _ => None,
        }
    }

    pub(crate) fn resolve_host(&self, name: &str) -> Option<String> {
        match self.ask(Question::Resolve(name.to_owned())) {
            Some(Answer::Resolve(address)) => address,
            _ => None,
        }
    }

    /// The lookups that found nothing because nobody has asked yet.
    pub(crate) fn missing_lookups(&self) -> Vec<Lookup> {
        self.missing.borrow().iter().cloned().collect()
    }

    /// Notes what is forgiven; `false` when nothing is.
    pub(crate) fn forgive(&self, what: Forgiven) -> bool {
        if self.lenient {
            self.forgiven.borrow_mut().push(what);
        }
        self.lenient
    }

    /// What was forgiven so far.
    pub(crate) fn forgiven(&self) -> Vec<Forgiven> {
        self.forgiven.take()
    }

    fn ask(&self, question: Question) -> Option<Answer> {
        self.questions.send(question).ok()?;
        self.answers.recv().ok()
    }
}

impl SprigWorld for Outside {
    fn now(&self) -> jiff::Timestamp {
        self.now
    }

    fn random(&self, bytes: &mut [u8]) {
        if let Some(Answer::Random(random)) = self.ask(Question::Random(bytes.len())) {
            bytes.copy_from_slice(&random);
        }
    }
}
