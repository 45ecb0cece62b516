//! The loop and its bounds. Whoever plans (a model later, a script in tests) only ever chooses; calling, counting and
//! stopping happen here.

use crate::tool::{Effect, Tool, ToolError, run_now};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How much one answer may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Tool calls, failed ones too.
    pub calls: u32,
    /// Bytes of one result, as JSON; longer ones are refused and the planner is told.
    pub result_bytes: usize,
    /// Time in all, the model's included.
    pub time: Duration,
    /// Time of the tools alone.
    pub tool_time: Duration,
    /// Calls that repeat an earlier one before the turn is ended.
    pub repeats: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            calls: 12,
            result_bytes: 256 * 1024,
            time: Duration::from_secs(600),
            tool_time: Duration::from_secs(60),
            repeats: 3,
        }
    }
}

/// What the planner wants next.
#[derive(Clone, Debug, PartialEq)]
pub enum Move {
    /// Call this tool.
    Call {
        /// Its name.
        tool: String,
        /// Its arguments.
        arguments: Value,
    },
    /// A call whose arguments cannot be read; goes back to the planner with the reason.
    Unreadable {
        /// The tool's name as it was asked for.
        tool: String,
        /// Why they cannot be read.
        why: String,
    },
    /// Say this; the turn ends.
    Answer(String),
}

/// Chooses the next move from the question and what was done so far.
pub trait Planner {
    /// The next move.
    ///
    /// # Errors
    /// Why there is none, as a sentence.
    fn next(&mut self, question: &str, steps: &[Step]) -> Result<Move, String>;
}

/// One call and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The tool's name as it was asked for.
    pub tool: String,
    /// Its arguments.
    pub arguments: Value,
    /// Its result, or why there is none.
    pub result: Result<Value, ToolError>,
}

/// How a turn ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// With an answer that rests on at least one step that worked.
    Answered(String),
    /// With an answer that rests on nothing: to be shown as such.
    Ungrounded(String),
    /// The budget was used up.
    OutOfBudget(&'static str),
    /// It was stopped; what was done is kept.
    Cancelled,
    /// The planner gave up.
    Failed(String),
}

/// A question with everything that was done for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// The question.
    pub question: String,
    /// The calls, in order.
    pub steps: Vec<Step>,
    /// How it ended.
    pub end: End,
}

/// Tools and the bounds within which they are used.
pub struct Agent<'t, C> {
    tools: &'t [&'t dyn Tool<C>],
    budget: Budget,
    may_move_view: bool,
}

impl<'t, C> Agent<'t, C> {
    /// With these tools; those that move the view only where that is wanted.
    #[must_use]
    pub fn new(tools: &'t [&'t dyn Tool<C>], budget: Budget, may_move_view: bool) -> Self {
        Self { tools, budget, may_move_view }
    }

    /// Works on a question until there is an answer, the budget is used up, or `cancel` is set. `grounds` says that
    /// something was found out before, on which an answer may rest; `seen` hears of each step as it is done.
    pub fn ask(
        &self,
        question: &str,
        on: &C,
        planner: &mut dyn Planner,
        cancel: &AtomicBool,
        grounds: bool,
        seen: &mut dyn FnMut(&Step),
    ) -> Turn {
        let begun = Instant::now();
        let mut steps: Vec<Step> = Vec::new();
        let (mut in_tools, mut repeats) = (Duration::ZERO, 0);
        let end = loop {
            if cancel.load(Ordering::Relaxed) {
                break End::Cancelled;
            }
            if begun.elapsed() > self.budget.time {
                break End::OutOfBudget("time");
            }
            if in_tools > self.budget.tool_time {
                break End::OutOfBudget("time of the tools");
            }
            match planner.next(question, &steps) {
                Err(_) if cancel.load(Ordering::Relaxed) => break End::Cancelled,
                Err(why) => break End::Failed(why),
                Ok(Move::Answer(text)) if grounds || steps.iter().any(|s| s.result.is_ok()) => {
                    break End::Answered(text);
                }
                Ok(Move::Answer(text)) => break End::Ungrounded(text),
                Ok(_) if steps.len() >= self.budget.calls as usize => break End::OutOfBudget("calls"),
                Ok(Move::Unreadable { tool, why }) => {
                    steps.push(Step { tool, arguments: Value::Null, result: Err(ToolError::Arguments(why)) });
                    steps.last().into_iter().for_each(&mut *seen);
                }
                Ok(Move::Call { tool, arguments }) => {
                    let again = |s: &Step| s.tool == tool && s.arguments == arguments;
                    let result = if steps.iter().any(again) {
                        repeats += 1;
                        Err(ToolError::Arguments(format!(
                            "{tool} was called with these arguments before; its result stands above. Call something \
                             else or answer"
                        )))
                    } else {
                        let since = Instant::now();
                        let result = self.call(&tool, &arguments, on);
                        in_tools += since.elapsed();
                        result
                    };
                    steps.push(Step { tool, arguments, result });
                    steps.last().into_iter().for_each(&mut *seen);
                    if repeats >= self.budget.repeats {
                        break End::OutOfBudget("patience: the same call came again and again");
                    }
                }
            }
        };
        Turn { question: question.to_owned(), steps, end }
    }

    fn call(&self, name: &str, arguments: &Value, on: &C) -> Result<Value, ToolError> {
        let known = || self.tools.iter().map(|t| t.about()).filter(|a| self.allows(a.effect));
        let Some(tool) = self.tools.iter().find(|t| t.about().name == name && self.allows(t.about().effect))
        else {
            let names: Vec<&str> = known().map(|a| a.name).collect();
            return Err(ToolError::Arguments(format!(
                "there is no tool '{}'; there are {}",
                name.chars().take(60).collect::<String>(),
                names.join(", ")
            )));
        };
        if !arguments.is_object() {
            return Err(ToolError::Arguments(format!("the arguments of {name} are an object")));
        }
        let result = run_now(tool.call(arguments.clone(), on))?;
        let size = result.to_string().len();
        if size > self.budget.result_bytes {
            return Err(ToolError::Arguments(format!(
                "the result of {name} has {size} bytes, more than the {} that fit; ask for fewer rows",
                self.budget.result_bytes
            )));
        }
        Ok(result)
    }

    fn allows(&self, effect: Effect) -> bool {
        effect == Effect::Reads || self.may_move_view
    }

    /// The tools as a planner may be told of them.
    #[must_use]
    pub fn described(&self) -> Value {
        let list = self.tools.iter().map(|t| t.about()).filter(|a| self.allows(a.effect));
        list.map(|a| json!({ "name": a.name, "description": a.description, "arguments": a.arguments }))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tool::{BoxFuture, ToolAbout, ready};
    use std::sync::atomic::AtomicU32;

    /// Counts its calls; gives back `n` letters.
    struct Letters(Effect);

    impl Tool<AtomicU32> for Letters {
        fn about(&self) -> ToolAbout {
            let name = if self.0 == Effect::Reads { "letters" } else { "scroll" };
            ToolAbout { name, description: "Letters", arguments: json!({ "type": "object" }), effect: self.0 }
        }

        fn call<'a>(
            &'a self,
            arguments: Value,
            on: &'a AtomicU32,
        ) -> BoxFuture<'a, Result<Value, ToolError>> {
            on.fetch_add(1, Ordering::Relaxed);
            ready(match arguments.get("n").and_then(Value::as_u64) {
                Some(n) => Ok("x".repeat(n as usize).into()),
                None => Err(ToolError::Arguments("n is a number".into())),
            })
        }
    }

    struct Script(Vec<Move>);

    impl Planner for Script {
        fn next(&mut self, _: &str, _: &[Step]) -> Result<Move, String> {
            if self.0.is_empty() { Err("nothing left to do".into()) } else { Ok(self.0.remove(0)) }
        }
    }

    fn call(tool: &str, arguments: Value) -> Move {
        Move::Call { tool: tool.into(), arguments }
    }

    fn run(moves: Vec<Move>, budget: Budget, cancelled: bool) -> (Turn, u32) {
        let (reads, moves_view) = (Letters(Effect::Reads), Letters(Effect::MovesView));
        let tools: [&dyn Tool<AtomicU32>; 2] = [&reads, &moves_view];
        let calls = AtomicU32::new(0);
        let agent = Agent::new(&tools, budget, false);
        let turn =
            agent.ask("?", &calls, &mut Script(moves), &AtomicBool::new(cancelled), false, &mut |_| {});
        (turn, calls.into_inner())
    }

    #[test]
    fn an_answer_rests_on_steps_or_says_that_it_does_not() {
        let (turn, calls) =
            run(vec![call("letters", json!({"n": 2})), Move::Answer("two".into())], Budget::default(), false);
        assert_eq!((turn.end, calls), (End::Answered("two".into()), 1));
        assert_eq!(turn.steps[0].result, Ok("xx".into()));
        let (turn, _) = run(vec![Move::Answer("trust me".into())], Budget::default(), false);
        assert_eq!(turn.end, End::Ungrounded("trust me".into()));
    }

    #[test]
    fn mistakes_go_back_to_the_planner() {
        let moves = vec![
            call("delete_everything", json!({})),
            call("scroll", json!({"n": 1})),
            call("letters", json!([1])),
            call("letters", json!({})),
            Move::Answer("sorry".into()),
        ];
        let (turn, calls) = run(moves, Budget::default(), false);
        assert_eq!(calls, 1, "only the call that could be made was made");
        assert!(turn.steps.iter().all(|s| matches!(s.result, Err(ToolError::Arguments(_)))));
        assert_eq!(turn.end, End::Ungrounded("sorry".into()), "failed steps prove nothing");
    }

    #[test]
    fn the_budget_ends_a_turn() {
        let endless = || (0..100).map(|n| call("letters", json!({"n": n}))).collect();
        let (turn, calls) = run(endless(), Budget { calls: 3, ..Budget::default() }, false);
        assert_eq!((turn.end, calls), (End::OutOfBudget("calls"), 3));
        let (turn, _) = run(endless(), Budget { time: Duration::ZERO, ..Budget::default() }, false);
        assert_eq!(turn.end, End::OutOfBudget("time"));
        let (turn, _) = run(
            vec![call("letters", json!({"n": 99}))],
            Budget { result_bytes: 50, ..Budget::default() },
            false,
        );
        assert!(
            matches!(&turn.steps[0].result, Err(ToolError::Arguments(why)) if why.contains("fewer rows"))
        );
        assert_eq!(turn.end, End::Failed("nothing left to do".into()));
    }

    #[test]
    fn the_same_call_for_ever_is_made_once() {
        let same = (0..100).map(|_| call("letters", json!({"n": 1}))).collect();
        let (turn, calls) = run(same, Budget::default(), false);
        assert!(matches!(turn.end, End::OutOfBudget(why) if why.contains("same call")));
        assert_eq!((turn.steps.len(), calls), (4, 1));
    }

    #[test]
    fn arguments_that_cannot_be_read_go_back() {
        let moves = vec![
            Move::Unreadable { tool: "letters".into(), why: "half a JSON".into() },
            Move::Answer("done".into()),
        ];
        let (turn, calls) = run(moves, Budget::default(), false);
        assert_eq!((turn.end, calls), (End::Ungrounded("done".into()), 0));
        assert!(turn.steps[0].result.is_err());
    }

    #[test]
    fn a_stopped_turn_keeps_what_was_done() {
        let (turn, calls) = run(vec![call("letters", json!({"n": 1}))], Budget::default(), true);
        assert_eq!((turn.end, calls), (End::Cancelled, 0));
    }

    #[test]
    fn tools_that_move_the_view_are_offered_only_where_wanted() {
        let (reads, moves_view) = (Letters(Effect::Reads), Letters(Effect::MovesView));
        let tools: [&dyn Tool<AtomicU32>; 2] = [&reads, &moves_view];
        let names = |view| Agent::new(&tools, Budget::default(), view).described().as_array().map(Vec::len);
        assert_eq!((names(false), names(true)), (Some(1), Some(2)));
    }
}
