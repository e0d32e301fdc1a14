"""One family of checks per file: small pure functions from a call to a finding, named by the rubric."""
