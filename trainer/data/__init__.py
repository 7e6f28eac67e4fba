"""The training data: facts about datasets, loading, splits, statistics, and summaries for pages.

Not here: networks, and anything that needs a model.
"""
