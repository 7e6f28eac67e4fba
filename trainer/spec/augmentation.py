"""Which random changes are made to the training examples, so that a network learns what does not matter."""

from __future__ import annotations

from typing import Any

from trainer.spec.fields import Part, field

IMAGE, TABLE = ("image",), ("table",)


def _amount(label: str, help: str, *, most: float, applies_to: tuple[str, ...] = IMAGE, **shown: Any) -> float:
    """A technique that one number describes; 0 is off."""
    amount: float = field(0.0, label=label, help=help, ge=0.0, le=most, applies_to=applies_to, **shown)
    return amount


class RandAugment(Part):
    """A few operations at random, all equally strong."""

    num_operations: int = field(
        2, label="Operations", help="How many are chosen for every picture.", unit="operations", ge=1, le=8
    )
    magnitude: int = field(
        9,
        label="Magnitude",
        help="How strong each is. At 30, rotation reaches 30°, shear 0.3, translation 0.45 of the side, and contrast "
        "and colour change by 90 %.",
        ge=1,
        le=30,
    )


class Augmentation(Part):
    """Random changes of the training examples, new ones in every epoch. Validation and test stay as they are."""

    horizontal_flip: bool = field(
        False,
        label="Flip left to right",
        help="Mirror every other picture. Not for digits, letters or anything else that must be read.",
        source="Shorten and Khoshgoftaar 2019, A survey on image data augmentation for deep learning",
        applies_to=IMAGE,
    )
    vertical_flip: bool = field(
        False,
        label="Flip upside down",
        help="For pictures without an up and down, such as those through a microscope or from above.",
        source="Shorten and Khoshgoftaar 2019, A survey on image data augmentation for deep learning",
        applies_to=IMAGE,
    )
    rotation: float = _amount(
        "Rotation",
        "Turn by at most this angle to either side. What comes in from outside repeats the pixels at the edge.",
        unit="degrees",
        source="Keras documentation, RandomRotation layer",
        most=180.0,
    )
    translation: float = _amount(
        "Translation",
        "Move by at most this share of the side, across and along.",
        source="Keras documentation, RandomTranslation layer",
        most=0.5,
    )
    zoom: float = _amount(
        "Zoom",
        "Enlarge or reduce by at most this share: with 0.2 to between 80 % and 120 %.",
        source="Keras documentation, RandomZoom layer",
        most=0.9,
    )
    brightness: float = _amount(
        "Brightness",
        "Add or take away at most this share of the range of values.",
        source="Keras documentation, RandomBrightness layer",
        most=1.0,
    )
    contrast: float = _amount(
        "Contrast",
        "Stretch or shrink the distance from the mean of the picture by at most this share.",
        source="Keras documentation, RandomContrast layer",
        most=1.0,
    )
    rand_augment: RandAugment | None = field(
        None,
        label="RandAugment",
        help="A few operations at random for every picture, with two numbers to choose: rotation, shear, translation, "
        "brightness, contrast, colour, sharpness, posterising, solarising, automatic contrast, or none.",
        source="Cubuk et al. 2020, RandAugment: practical automated data augmentation with a reduced search space",
        applies_to=IMAGE,
    )
    shear: float = _amount(
        "Shear",
        "Slant by at most this angle, across and along.",
        unit="degrees",
        source="Keras documentation, RandomShear layer",
        most=45.0,
        advanced=True,
    )
    crop: float = _amount(
        "Crop",
        "Show a window at random, enlarged to the whole picture, that leaves out at most this share of its area.",
        source="Szegedy et al. 2015, Going deeper with convolutions, section 6",
        most=0.95,
        advanced=True,
    )
    saturation: float = _amount(
        "Saturation",
        "Make colours stronger or weaker by at most this share. For pictures in colour.",
        source="Keras documentation, RandomSaturation layer",
        most=1.0,
        advanced=True,
    )
    hue: float = _amount(
        "Hue",
        "Turn colours by at most this share of the colour circle to either side. For pictures in colour.",
        source="Keras documentation, RandomHue layer",
        most=0.5,
        advanced=True,
    )
    noise: float = _amount(
        "Gaussian noise",
        "Standard deviation of the noise added to every value, as a share of the range of values.",
        source="Keras documentation, RandomGaussianNoise and GaussianNoise layers",
        most=1.0,
        advanced=True,
    )
    blur: float = _amount(
        "Blur",
        "Gaussian blur, whose standard deviation is between 0 and this.",
        unit="pixels",
        source="Chen et al. 2020, A simple framework for contrastive learning, appendix A",
        most=10.0,
        advanced=True,
    )
    random_erasing: float = _amount(
        "Random erasing",
        "Probability that a rectangle of 0.02 to 0.33 of the area is replaced by the mean of the picture.",
        source="Zhong et al. 2020, Random erasing data augmentation",
        most=1.0,
        advanced=True,
    )
    cutmix: float = _amount(
        "CutMix",
        "Replace a rectangle by that of another picture; both classes then count by their area. The number is alpha "
        "of the beta distribution of the area: 1 makes all areas equally likely.",
        source="Yun et al. 2019, CutMix: regularization strategy to train strong classifiers",
        most=10.0,
        advanced=True,
    )
    feature_noise: float = _amount(
        "Gaussian noise",
        "Standard deviation of the noise added to every column, in standard deviations of that column.",
        source="Bishop 1995, Training with noise is equivalent to Tikhonov regularization",
        most=2.0,
        applies_to=TABLE,
    )
    feature_dropout: float = _amount(
        "Feature dropout",
        "Share of the values that are dropped: each is replaced by the value of another example in the same column.",
        source="Bahri et al. 2022, SCARF: self-supervised contrastive learning using random feature corruption",
        most=0.9,
        applies_to=TABLE,
    )
    mixup: float = _amount(
        "mixup",
        "Mix every example with another one, and their targets in the same proportion. The number is alpha of the "
        "beta distribution of the proportion: 0.2 mixes little, 1 makes all proportions equally likely.",
        source="Zhang et al. 2018, mixup: beyond empirical risk minimization",
        most=10.0,
        advanced=True,
        applies_to=(*IMAGE, *TABLE),
    )
