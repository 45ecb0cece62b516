//! What crosses the bridge about the conversation: questions, answers with their steps and marks, what would be sent
//! before it is sent, worked examples, and drafts that a model worded.

use crate::wire::Selection;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

wire! {
    /// A question to the chat.
    #[derive(Default)]
    pub struct ChatAsk {
        /// In plain words.
        question: String,
        /// The analyst's selection, which "these" and "here" refer to.
        #[serde(default)] selection: Option<Selection>,
        /// The model profile that is to answer; `planner` for none. Where absent: the case's choice, else the default.
        #[serde(default)] model: Option<String>,
        /// Whether the answer may move the view (`view` of the turn).
        #[serde(default)] may_move_view: bool,
        /// The prompt that it is, where it is one: counted as taken.
        #[serde(default)] prompt: Option<String>,
    }

    /// A step that the answer took.
    #[derive(Default)]
    pub struct Step {
        /// The op it called: `count`, `top`, `timeline`, `events`, `login_patterns`, `pairs`, `cards` ...
        tool: String,
        /// In words, with its result ("counted failed logins by source: 24 rows").
        text: String,
        /// Its arguments.
        #[ts(type = "Record<string, unknown>")] arguments: serde_json::Value,
        /// KQL that opens what it looked at.
        query: String,
        /// Range start.
        from_us: Option<i64>,
        /// Range end, not included.
        to_us: Option<i64>,
        /// Rows it gave.
        rows: u64,
        /// Who took it: `planner`, `model`, or `check` for a query that tests a claim of the answer.
        #[serde(default)] by: String,
        /// Events that match it; more than `rows` where only some were looked at.
        #[serde(default)] matching: Option<u64>,
        /// Why it gave no result, where it gave none.
        #[serde(default)] failed: Option<String>,
        /// Exactly what a model was given of its result; empty where no model was.
        #[serde(default)] given: String,
    }

    /// A citation: a place in the answer that opens rows.
    #[derive(Default)]
    pub struct Citation {
        /// What the chip says ("147 rows").
        label: String,
        /// KQL that opens the rows.
        query: String,
        /// Range start.
        from_us: Option<i64>,
        /// Range end, not included.
        to_us: Option<i64>,
        /// Some of the events, first ones first.
        events: Vec<u64>,
    }

    /// A stretch of the answer that is not as it stands.
    pub struct Mark {
        /// First character, in UTF-16 units of `answer` ...
        from: u32,
        /// ... and the one after the last.
        to: u32,
        /// `unsupported` (no step returned it), `no_such_event` (to be struck out), `contradicted` (a step says otherwise).
        kind: String,
        /// Why, in a sentence.
        why: String,
    }

    /// What of an answer was found in the results of its steps.
    #[derive(Default)]
    pub struct Grounding {
        /// Numbers, addresses, names and times in the answer.
        said: u32,
        /// Those among them that a step returned or that follow from its results by arithmetic.
        found: u32,
        /// `found` of `said`, 0 to 1; 1 where nothing was said that needs finding.
        share: f64,
    }

    /// Text in the logs that reads like an instruction to a model.
    pub struct Suspicion {
        /// The event.
        event: u64,
        /// The field.
        field: String,
        /// The text, cut short, made visible; untrusted.
        excerpt: String,
        /// What of it gives it away.
        why: String,
    }

    /// Which model worded an answer.
    pub struct ModelUsed {
        /// The profile's name.
        profile: String,
        /// The model's name as the endpoint says it.
        model: String,
        /// Host and port.
        endpoint: String,
        /// `tools`, `schema` or `words`: see `ModelReport`.
        protocol: String,
        /// Policy of the case then, in words.
        policy: String,
        /// Calls to the endpoint.
        calls: u32,
        /// Tokens read, as the endpoint counts them; 0 where it does not.
        tokens_in: u64,
        /// Tokens written.
        tokens_out: u64,
        /// Bytes sent.
        bytes_out: u64,
        /// Seconds from the question to the answer.
        seconds: f64,
    }

    /// What the analyst thinks of an answer.
    #[derive(Default)]
    pub struct Thumb {
        /// `up` or `down`.
        verdict: String,
        /// Why.
        reason: String,
        /// Whether it is kept as a worked example.
        example: bool,
    }

    /// An answer of the chat.
    #[derive(Default)]
    pub struct ChatTurn {
        /// Its number in the case.
        id: u64,
        /// The question.
        question: String,
        /// Which question was answered, over which range, and what was assumed.
        understood: String,
        /// The answer, a sentence or a few; plain text.
        answer: String,
        /// Names of the columns of `rows`.
        columns: Vec<String>,
        /// The rows.
        #[ts(type = "(string | number | null)[][]")] rows: Vec<Vec<serde_json::Value>>,
        /// Numbers of the events that prove it.
        citations: Vec<u64>,
        /// Chips that open rows.
        chips: Vec<Citation>,
        /// What it did.
        steps: Vec<Step>,
        /// Why there is no answer, if there is none.
        unanswered: Option<String>,
        /// What could be asked instead, or next.
        suggestions: Vec<String>,
        /// The sentence that Timberline computed and wrote itself; stands above the model's words. Empty without a model.
        #[serde(default)] headline: String,
        /// `answered`, `ungrounded` (rests on no step), `stopped`, `out_of_budget` or `failed`; empty is `answered`.
        #[serde(default)] ended: String,
        /// Which model worded it; absent for the built-in planner.
        #[serde(default)] model: Option<ModelUsed>,
        /// Places of `answer` to be marked, in order; they do not overlap.
        #[serde(default)] marks: Vec<Mark>,
        /// What of the answer was found in the steps; absent for the built-in planner, which words only results.
        #[serde(default)] grounding: Option<Grounding>,
        /// How much of what matches the model saw ("The model saw 40 of 12,345 matching events"); Timberline's own words.
        #[serde(default)] coverage: String,
        /// What was left out of what the model was given; empty where nothing was.
        #[serde(default)] left_out: String,
        /// Text in the rows that reads like an instruction.
        #[serde(default)] suspicions: Vec<Suspicion>,
        /// Notes of Timberline on the answer, such as a claim that was checked and is wrong.
        #[serde(default)] notes: Vec<String>,
        /// Worked examples that helped, by their question's pattern.
        #[serde(default)] examples: Vec<String>,
        /// Where the view is to go, where the answer moves it.
        #[serde(default)] view: Option<Selection>,
        /// What the analyst thinks of it.
        #[serde(default)] thumb: Option<Thumb>,
    }

    /// The conversation of a case.
    pub struct ChatTurns {
        /// Oldest first.
        rows: Vec<ChatTurn>,
    }

    /// How far a question is; sent as the event `chat_progress`.
    #[derive(Default)]
    pub struct ChatProgress {
        /// `reading` (the model reads: `done` of `total` tokens), `step`, `text`, `restart` (drop the text so far), `waiting`
        /// (for the endpoint: `text` says for what), `checking`, `done`.
        stage: String,
        /// More of the answer for `text`, else words.
        text: String,
        /// Tokens read.
        done: u64,
        /// Tokens to read.
        total: u64,
        /// The step that was taken, for `step`.
        step: Option<Step>,
    }

    /// How many values of a kind would be masked.
    pub struct MaskedKind {
        /// `address`, `user`, `host` ...
        kind: String,
        /// How many.
        count: u64,
    }

    /// What a question would send.
    #[derive(Default)]
    pub struct ChatPreview {
        /// The profile; empty where no model is chosen and nothing is sent.
        profile: String,
        /// Host and port.
        endpoint: String,
        /// Whether the endpoint is on this machine.
        local: bool,
        /// Policy of the case, in words.
        policy: String,
        /// Why the gate would refuse, where it would.
        refused: Option<String>,
        /// Tokens, about: bytes by four.
        tokens: u64,
        /// Bytes of the first call's body.
        bytes: u64,
        /// What would be masked.
        masked: Vec<MaskedKind>,
        /// The exact body of the first call; results of steps follow with later calls.
        payload: String,
        /// What is left out, in words.
        left_out: String,
        /// In a sentence.
        text: String,
    }

    /// A thumb on an answer.
    pub struct ChatFeedbackAsk {
        /// The turn's number.
        turn: u64,
        /// `up`, `down` or `none` to take it back.
        verdict: String,
        /// Why.
        #[serde(default)] reason: String,
        /// Keep it as a worked example: the question and the steps with kinds in the place of values.
        #[serde(default)] keep_example: bool,
    }

    /// A worked example: a question that was answered well, without its values.
    pub struct ChatExample {
        /// Its number.
        id: u64,
        /// The question with kinds for values ("failed logins for <user>").
        question: String,
        /// The tool that answered it.
        tool: String,
        /// Its arguments with kinds for values.
        #[ts(type = "Record<string, unknown>")] arguments: serde_json::Value,
        /// How often it has helped since.
        used: u64,
    }

    /// Worked examples.
    pub struct ChatExamples {
        /// Latest first.
        rows: Vec<ChatExample>,
    }

    /// A worked example by number.
    pub struct ChatExampleRef {
        /// The number.
        id: u64,
    }

    /// A card to be worded by a model.
    pub struct CardWordAsk {
        /// The card.
        card: String,
        /// The model profile; the case's choice where absent.
        #[serde(default)] model: Option<String>,
    }

    /// The summary of a report to be worded by a model, from the confirmed cards.
    #[derive(Default)]
    pub struct ReportSummaryAsk {
        /// The model profile; the case's choice where absent.
        #[serde(default)] model: Option<String>,
    }

    /// A text that a model worded; a draft until a person accepts it.
    pub struct Draft {
        /// Its number.
        id: u64,
        /// `card` or `report`.
        kind: String,
        /// The card's id; empty for a report.
        about: String,
        /// The words; plain text.
        text: String,
        /// Places of the text to be marked.
        marks: Vec<Mark>,
        /// What of it was found in what the model was given.
        grounding: Grounding,
        /// What the model was given and what it was not, in words.
        coverage: String,
        /// The profile of the model.
        model: String,
        /// Whether a person accepted it.
        accepted: bool,
    }

    /// Drafts.
    pub struct Drafts {
        /// Oldest first.
        rows: Vec<Draft>,
    }

    /// A person's word on a draft.
    pub struct DraftDecide {
        /// The draft.
        id: u64,
        /// Accepted, or thrown away.
        accept: bool,
        /// The words as the person changed them; as they were where absent.
        #[serde(default)] text: Option<String>,
    }
}
