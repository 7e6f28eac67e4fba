"""How much the rare classes of a dataset count in training."""

from __future__ import annotations

from typing import Literal

from trainer.spec.fields import Part, field


class ClassBalance(Part):
    """How much rare classes count in training. Validation and test data are measured as they are."""

    weights: Literal["none", "balanced"] = field(
        "none",
        label="Class weights",
        help="Balanced: the loss of each training example is multiplied by n / (k × m), where m of the n training "
        "examples have its class, one of k; so every class counts the same. The loss on validation data stays "
        "unweighted, so that runs can be compared by it.",
        source="King and Zeng 2001, Logistic regression in rare events data; scikit-learn documentation, class_weight",
        applies_to=("classification",),
    )
    sampling: Literal["none", "oversample", "undersample"] = field(
        "none",
        label="Sampling",
        help="Oversample: an epoch has as many examples of every class as of the most frequent one, so those of rare "
        "classes come several times. Undersample: as many as of the rarest, drawn again for each epoch. The number of "
        "steps of an epoch changes with it.",
        source="He and Garcia 2009, Learning from imbalanced data, section 3.1",
        applies_to=("classification",),
    )
