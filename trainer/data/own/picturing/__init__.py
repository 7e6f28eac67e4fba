"""Pictures of a team: decoding them, what a page shows of them, and what may be chosen about those left out."""
