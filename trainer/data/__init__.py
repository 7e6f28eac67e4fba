"""What a network learns from: facts of datasets, loading, splits, statistics, and what a page shows of them.

Not here: networks, and anything that needs a model.
"""
