use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment: seconds and nanoseconds since 1970 UTC.
///
/// Shows itself as RFC 3339 in UTC, `2024-05-06T07:08:09.5Z`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Whole seconds; negative before 1970.
    pub seconds: i64,
    /// Nanoseconds of the second, below 1,000,000,000.
    pub nanoseconds: u32,
}

impl Timestamp {
    /// The moment so many nanoseconds after 1970 began.
    pub fn from_nanoseconds(nanoseconds: u64) -> Timestamp {
        Timestamp { seconds: (nanoseconds / 1_000_000_000) as i64, nanoseconds: (nanoseconds % 1_000_000_000) as u32 }
    }

    /// How long after 1970 began; zero for moments before.
    pub fn since_epoch(self) -> Duration {
        u64::try_from(self.seconds).map_or(Duration::ZERO, |seconds| Duration::new(seconds, self.nanoseconds))
    }
}

impl From<Timestamp> for SystemTime {
    fn from(moment: Timestamp) -> SystemTime {
        let whole = Duration::from_secs(moment.seconds.unsigned_abs());
        let second = if moment.seconds < 0 { UNIX_EPOCH.checked_sub(whole) } else { UNIX_EPOCH.checked_add(whole) };
        let fraction = Duration::from_nanos(moment.nanoseconds.into());
        second.and_then(|second| second.checked_add(fraction)).unwrap_or(UNIX_EPOCH)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.seconds.div_euclid(86_400), self.seconds.rem_euclid(86_400));
        let (year, month, day) = civil(days);
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        write!(formatter, "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", year, month, day, hour, minute, second)?;
        if self.nanoseconds > 0 {
            let digits = format!("{:09}", self.nanoseconds);
            write!(formatter, ".{}", digits.trim_end_matches('0'))?;
        }
        formatter.write_str("Z")
    }
}

/// Year, month and day of so many days after 1970 began, in the Gregorian calendar.
///
/// Counts in years that begin in March, so that a leap day is a year's last: 146,097 days are 400 years.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days.saturating_add(719_468);
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march + 2) / 5 + 1;
    let month = if march < 10 { march + 3 } else { march - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}
