"""The training data: facts as values, the one door to prepared datasets, splits, statistics, summaries for pages.

Not here: networks, and anything that needs a model.
"""
