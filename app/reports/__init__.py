"""What is written out about uploads that ended: tables, receipts, check sums. Pure functions."""
