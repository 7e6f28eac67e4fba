"""How weights are updated: the optimisers, each with its own fields, and the schedules of the learning rate."""
