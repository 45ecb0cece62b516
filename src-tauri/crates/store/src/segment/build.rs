//! Rows of one segment while they are gathered, column by column, on the thread that parses.

use super::dictionary::{DictBuilder, Entries};
use timberline_model::record::ValueRef;
use timberline_model::{FieldId, NO_TIME, Record, Value};

/// One column while it grows.
struct Growing {
    /// The rows of the values, once a row was left out; before that value `n` is row `n`'s.
    rows: Option<Vec<u32>>,
    values: Values,
    dict: DictBuilder,
}

enum Values {
    Codes(Vec<u32>),
    Ints(Vec<i64>),
    Floats(Vec<f64>),
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Self::Codes(v) => v.len(),
            Self::Ints(v) => v.len(),
            Self::Floats(v) => v.len(),
        }
    }
}

impl Growing {
    fn push(&mut self, row: u32, value: ValueRef<'_>) {
        match &mut self.rows {
            Some(rows) => rows.push(row),
            None if self.values.len() != row as usize => {
                let mut rows: Vec<u32> = (0..self.values.len() as u32).collect();
                rows.push(row);
                self.rows = Some(rows);
            }
            None => {}
        }
        match (&mut self.values, value) {
            (Values::Codes(codes), ValueRef::Text(text)) => codes.push(self.dict.text(text)),
            (Values::Ints(ints), ValueRef::Int(n)) => ints.push(n),
            (Values::Floats(floats), ValueRef::Float(x)) => floats.push(x),
            (Values::Codes(codes), number) => codes.push(self.dict.number(&number.to_value())),
            (_, other) => {
                // A second kind turns up: from here on the dictionary keeps each value's kind.
                let dict = &mut self.dict;
                let mut codes: Vec<u32> = match &self.values {
                    Values::Ints(v) => v.iter().map(|n| dict.number(&Value::Int(*n))).collect(),
                    Values::Floats(v) => v.iter().map(|x| dict.number(&Value::Float(*x))).collect(),
                    Values::Codes(v) => v.clone(),
                };
                codes.push(match other {
                    ValueRef::Text(text) => dict.text(text),
                    number => dict.number(&number.to_value()),
                });
                self.values = Values::Codes(codes);
            }
        }
    }
}

/// One column of a whole segment, on its way to the encoder.
pub(crate) struct Gathered {
    pub(crate) name: Box<str>,
    /// The rows that have a value, ascending; `None` where all of them do.
    pub(crate) rows: Option<Vec<u32>>,
    pub(crate) values: GatheredValues,
}

/// The values of the rows that have one, in order.
pub(crate) enum GatheredValues {
    Codes(Vec<u32>, Entries),
    Ints(Vec<i64>),
    Floats(Vec<f64>),
}

/// Rows of a whole segment, on their way to the encoder. The raw records go there on their own.
#[derive(Default)]
pub(crate) struct Rows {
    pub(crate) times: Vec<i64>,
    pub(crate) assumed: Vec<u8>,
    pub(crate) lines: Vec<i64>,
    pub(crate) offsets: Vec<i64>,
    pub(crate) lens: Vec<i64>,
    pub(crate) columns: Vec<Gathered>,
}

/// Gathers rows.
pub(crate) struct Builder {
    rows: Rows,
    columns: Vec<Option<Growing>>,
    /// Columns with a value in this segment.
    used: Vec<FieldId>,
    values: usize,
    seed: u64,
}

impl Builder {
    pub(crate) fn new(seed: u64) -> Self {
        Self { rows: Rows::default(), columns: Vec::new(), used: Vec::new(), values: 0, seed }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.times.len()
    }

    /// Values gathered.
    pub(crate) fn values(&self) -> usize {
        self.values
    }

    /// Bytes of text in the dictionaries.
    pub(crate) fn text_bytes(&self) -> usize {
        let of = |id: &FieldId| self.columns.get(id.0 as usize).and_then(Option::as_ref);
        self.used.iter().filter_map(of).map(|c| c.dict.bytes()).sum()
    }

    /// Takes a row; values of the field `skip` are left out.
    pub(crate) fn push(&mut self, record: &Record<'_>, skip: Option<FieldId>) {
        let row = self.rows.times.len() as u32;
        self.rows.times.push(record.time.map_or(NO_TIME, |t| t.ns));
        self.rows.assumed.push(record.time.map_or(0, |t| t.assumed));
        self.rows.lines.push(record.line as i64);
        self.rows.offsets.push(record.offset as i64);
        self.rows.lens.push(record.raw.len() as i64);
        for (id, value) in record.fields.iter() {
            if Some(id) == skip {
                continue;
            }
            let at = id.0 as usize;
            if at >= self.columns.len() {
                self.columns.resize_with(at + 1, || None);
            }
            let column = self.columns[at].get_or_insert_with(|| Growing {
                rows: None,
                values: Values::Codes(Vec::new()),
                dict: DictBuilder::new(self.seed),
            });
            if column.values.len() == 0 {
                self.used.push(id);
                column.values = match value {
                    ValueRef::Text(_) => Values::Codes(Vec::new()),
                    ValueRef::Int(_) => Values::Ints(Vec::new()),
                    ValueRef::Float(_) => Values::Floats(Vec::new()),
                };
            }
            column.push(row, value);
            self.values += 1;
        }
    }

    /// Hands the rows over and is empty again; `name` names the fields.
    pub(crate) fn hand_over<'n>(&mut self, name: impl Fn(FieldId) -> &'n str) -> Rows {
        let mut rows = std::mem::take(&mut self.rows);
        self.values = 0;
        for id in self.used.drain(..) {
            let Some(column) = self.columns.get_mut(id.0 as usize).and_then(Option::as_mut) else { continue };
            let entries = column.dict.hand_over();
            let values = match std::mem::replace(&mut column.values, Values::Codes(Vec::new())) {
                Values::Codes(codes) => GatheredValues::Codes(codes, entries),
                Values::Ints(ints) => GatheredValues::Ints(ints),
                Values::Floats(floats) => GatheredValues::Floats(floats),
            };
            let len = match &values {
                GatheredValues::Codes(v, _) => v.len(),
                GatheredValues::Ints(v) => v.len(),
                GatheredValues::Floats(v) => v.len(),
            };
            let mut present = column.rows.take();
            if present.is_none() && len < rows.times.len() {
                present = Some((0..len as u32).collect());
            }
            rows.columns.push(Gathered { name: name(id).into(), rows: present, values });
        }
        rows.columns.sort_by(|a, b| a.name.cmp(&b.name));
        rows
    }
}
