"""Excel workbooks: score sheets, period books and coaching sheets, and what people filled in read back."""
