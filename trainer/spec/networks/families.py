"""All families of networks."""

from __future__ import annotations

from trainer.spec.networks.densenet import DenseNet
from trainer.spec.networks.plain import ConvNet, Mlp, Vgg
from trainer.spec.networks.residual import ResNet, ResNetMlp, WideResNet, Xception

Network = Mlp | ConvNet | ResNet | WideResNet | DenseNet | Vgg | Xception | ResNetMlp
