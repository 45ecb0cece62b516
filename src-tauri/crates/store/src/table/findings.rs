//! What the detectors found, as they found it last.

use crate::case::Case;
use crate::error::{CaseError, corrupt};
use rusqlite::params;
use timberline_model::{Finding, StoreError};

impl Case {
    /// Puts these findings in the place of all earlier ones. Verdicts on them are kept.
    ///
    /// # Errors
    /// When the case cannot be written.
    pub fn replace_findings(&self, findings: &[Finding]) -> Result<(), CaseError> {
        let mut bodies = Vec::with_capacity(findings.len());
        for finding in findings {
            let body = serde_json::to_string(finding)
                .map_err(|e| StoreError::Other(format!("finding {}: {e}", finding.id)))?;
            bodies.push(body);
        }
        self.write(|tx| {
            tx.execute("DELETE FROM finding", [])?;
            let mut put = tx.prepare(
                "INSERT OR REPLACE INTO finding (id, score, first_ns, body) VALUES (?1, ?2, ?3, ?4)",
            )?;
            for (finding, body) in findings.iter().zip(&bodies) {
                put.execute(params![finding.id, finding.score, finding.first_ns, body])?;
            }
            Ok(())
        })
    }

    /// The findings, best first; of two as good the earlier, then by id.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn findings(&self) -> Result<Vec<Finding>, CaseError> {
        let bodies = self.read(|db| {
            let mut ask =
                db.prepare("SELECT body FROM finding ORDER BY score DESC, first_ns IS NULL, first_ns, id")?;
            let rows = ask.query_map([], |r| r.get::<_, String>(0))?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        })?;
        bodies
            .iter()
            .map(|body| serde_json::from_str(body).map_err(|e| corrupt(format!("a finding: {e}")).into()))
            .collect()
    }
}
