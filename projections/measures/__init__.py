"""The paper's fifteen recommendations as measures: pure functions from a history and an instant to a finding."""
