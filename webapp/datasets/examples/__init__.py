"""Which examples of a dataset somebody wants to see: by split, class and finding, or by what an evaluation says."""
