"""What is noticed in prepared data before anything is trained on it: rules, each of which gives findings.

Not here: what a person's file looks like, which `trainer/data/own` understands; whatever needs a model.
"""
