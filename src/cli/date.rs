//! The time of a run.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Result;

/// The variable by which builds that must be reproducible give the time, in seconds since 1970.
const FIXED: &str = "SOURCE_DATE_EPOCH";
/// The last second of the year 9999, beyond which dates have no usual form.
const LAST: u64 = 253_402_300_799;

/// The present day and minute, or those that SOURCE_DATE_EPOCH names.
///
/// # Errors
/// SOURCE_DATE_EPOCH is not a number of seconds, or lies beyond the year 9999.
pub fn now() -> Result<String> {
    match std::env::var(FIXED) {
        Ok(text) => fixed(&text),
        Err(_) => Ok(day_and_minute(SystemTime::now())),
    }
}

fn fixed(text: &str) -> Result<String> {
    let seconds = text.parse().ok().filter(|&seconds| seconds <= LAST);
    let seconds = seconds.ok_or_else(|| {
        format!(
            "{FIXED} is {text:?}, expected seconds since 1970, up to {LAST}: correct or unset it"
        )
    })?;
    Ok(day_and_minute(UNIX_EPOCH + Duration::from_secs(seconds)))
}

/// `2026-11-28 09:05 UTC`.
fn day_and_minute(time: SystemTime) -> String {
    let text = humantime::format_rfc3339_seconds(time).to_string();
    let minute = text.get(..16).unwrap_or(&text);
    format!("{} UTC", minute.replace('T', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected: Python's `datetime.fromtimestamp(seconds, timezone.utc)`.
    #[test]
    fn a_fixed_time_is_told_to_the_minute_in_utc() {
        for (seconds, told) in [
            ("0", "1970-01-01 00:00 UTC"),
            ("951782399", "2000-02-28 23:59 UTC"),
            ("951782400", "2000-02-29 00:00 UTC"),
            ("1767225599", "2025-12-31 23:59 UTC"),
            ("253402300799", "9999-12-31 23:59 UTC"),
        ] {
            assert_eq!(fixed(seconds).unwrap(), told);
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "-1", "1.5", "today", "253402300800", "99999999999999999999"] {
            let error = fixed(text).unwrap_err().to_string();
            assert!(error.contains("expected seconds since 1970"), "{error}");
        }
    }
}
