package schedule

import "testing"

// Days of Apple's fiscal months, two years of them with 53 weeks.
func TestFiscalMonths(t *testing.T) {
	for name, want := range map[string]string{
		"2023-01": "2022-09-25 2022-10-29", "2023-03": "2022-11-27 2022-12-31", "2023-04": "2023-01-01 2023-02-04", "2023-12": "2023-09-03 2023-09-30",
		"2024-01": "2023-10-01 2023-11-04", "2024-04": "2023-12-31 2024-02-03", "2025-08": "2025-05-04 2025-05-31",
		"2026-01": "2025-09-28 2025-11-01", "2026-03": "2025-11-30 2025-12-27", "2026-12": "2026-08-30 2026-09-26", "2027-01": "2026-09-27 2026-10-31",
		"2028-03": "2027-11-28 2028-01-01", "2028-04": "2028-01-02 2028-02-05", "2028-12": "2028-09-03 2028-09-30",
	} {
		f, err := ParseFiscal(name)
		if s := f.Days(); err != nil || s.From.String()+" "+s.To.String() != want {
			t.Errorf("%s: %s %s, want %s, %v", name, s.From, s.To, want, err)
		}
	}
	for _, bad := range []string{"", "2026", "2026-13", "2026-00", "2026-1", "26-01"} {
		if f, err := ParseFiscal(bad); err == nil {
			t.Errorf("%q is read as %s", bad, f)
		}
	}
}

// Months follow each other without a gap, and every day is in the one it is said to
// be in.
func TestFiscalMonthsFollowEachOther(t *testing.T) {
	day := Day{2021, 9, 26}
	for year := 2022; year <= 2035; year++ {
		for period := 1; period <= 12; period++ {
			f := Fiscal{year, period}
			s := f.Days()
			if before := f.Before(); before.Days().To != s.From.AddDays(-1) {
				t.Errorf("before %s comes %s", f, before)
			}
			if s.From != day || s.Days() != 28 && s.Days() != 35 {
				t.Fatalf("%s goes from %s to %s and should begin on %s", f, s.From, s.To, day)
			}
			for d := s.From; d.Compare(s.To) <= 0; d = d.AddDays(1) {
				if got := FiscalOf(d); got != f {
					t.Fatalf("%s is said to be in %s, and is in %s", d, got, f)
				}
			}
			day = s.To.AddDays(1)
		}
	}
}
