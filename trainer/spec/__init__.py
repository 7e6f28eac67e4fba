"""The Spec: the complete description of one training, and the single source of truth about it.

No Keras, no Django, no NumPy: the web process, the trainer and the tests all read it.
Adding a technique is one field here, one builder in ``trainer/networks`` or ``trainer/training/compilation.py``,
and one test; the form, the API, the differences and the field reference follow automatically.

Not here: whether a spec fits the data or itself, which `trainer.validation` decides.
"""

from __future__ import annotations

import hashlib
import json
from typing import Literal

from trainer.spec.augmentation import Augmentation, RandAugment
from trainer.spec.balance import ClassBalance
from trainer.spec.columns import Columns, Embedding, OneHot
from trainer.spec.data import DatasetChoice, Normalization, Output, Split
from trainer.spec.fields import Part, choice, field
from trainer.spec.networks.densenet import DenseNet
from trainer.spec.networks.families import Network
from trainer.spec.networks.parts import ConvBlock, DenseLayer
from trainer.spec.networks.plain import ConvNet, Mlp, Vgg
from trainer.spec.networks.residual import ResNet, ResNetMlp, WideResNet, Xception
from trainer.spec.optimization.optimizers import Adam, AdamW, Muon, Optimizer, RmsProp, Sgd
from trainer.spec.optimization.schedules import ReduceOnPlateau, Schedule
from trainer.spec.training import Checkpoints, Computation, EarlyStopping, Fit, StopAt
from trainer.spec.transfer import Transfer
from trainer.spec.upgrade import SPEC_VERSION, upgrade

__all__ = [
    "SPEC_VERSION",
    "Adam",
    "AdamW",
    "Augmentation",
    "Checkpoints",
    "ClassBalance",
    "Columns",
    "Computation",
    "ConvBlock",
    "ConvNet",
    "DatasetChoice",
    "DenseLayer",
    "DenseNet",
    "EarlyStopping",
    "Embedding",
    "Fit",
    "Mlp",
    "Muon",
    "Network",
    "Normalization",
    "OneHot",
    "Optimizer",
    "Output",
    "RandAugment",
    "ReduceOnPlateau",
    "ResNet",
    "ResNetMlp",
    "RmsProp",
    "Schedule",
    "Sgd",
    "Spec",
    "Split",
    "StopAt",
    "Transfer",
    "Vgg",
    "WideResNet",
    "Xception",
    "upgrade",
]


class Spec(Part):
    """The complete description of one training."""

    version: Literal[3] = field(SPEC_VERSION, label="Version", help="Version of this format.", hidden=True)
    dataset: DatasetChoice = field(DatasetChoice, label="Data", help="What to learn from.")
    split: Split = field(Split, label="Split", help="How the data is split.")
    normalization: Normalization = field(Normalization, label="Normalisation", help="How values are scaled.")
    columns: Columns = field(
        Columns,
        label="Columns",
        help="How missing cells are filled and categories encoded.",
        applies_to=("categories", "missing numbers", "missing categories"),
    )
    augmentation: Augmentation = field(
        Augmentation,
        label="Augmentation",
        help="Random changes of the training examples, new ones in every epoch; 0 is off.",
    )
    network: Network = choice(Network, Mlp, label="Network", help="The network to train.", essential=True)
    output: Output = field(Output, label="Output", help="Last layer and loss.")
    transfer: Transfer = field(
        Transfer, label="Transfer learning", help="What is kept of the weights that a branched run starts with."
    )
    balance: ClassBalance = field(
        ClassBalance,
        label="Class balance",
        help="How much rare classes count in training.",
        applies_to=("classification",),
    )
    optimizer: Optimizer = choice(Optimizer, Adam, label="Optimiser", help="How weights are updated.")
    schedule: Schedule = field(
        Schedule, label="Learning-rate schedule", help="How the learning rate changes while the network trains."
    )
    fit: Fit = field(Fit, label="Training", help="Epochs and batch size, and when to stop.")
    checkpoints: Checkpoints = field(Checkpoints, label="Checkpoints", help="What to keep.")
    computation: Computation = field(Computation, label="Computation", help="How the machine computes it.")
    engine: Literal["tensorflow", "jax"] = field(
        "tensorflow",
        label="Engine",
        help="What Keras computes with. TensorFlow is on every worker, starts at once and is mostly faster on "
        "processors; JAX needs workers that have it, compiles for some seconds, and can use several GPUs.",
        source="Keras documentation, Configuring your backend",
        option_labels={"tensorflow": "TensorFlow", "jax": "JAX"},
    )
    seed: int = field(
        0,
        label="Seed",
        help="Initial weights, dropout and the order of the examples all follow from it.",
        ge=0,
        le=2**31 - 1,
    )

    def to_json(self) -> dict[str, object]:
        """The spec as plain JSON values, defaults included."""
        plain: dict[str, object] = self.model_dump(mode="json")
        return plain

    def digest(self) -> str:
        """SHA-256 of the canonical JSON: equal for equal specs."""
        canonical = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()
