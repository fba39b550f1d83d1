"""Speaks words and makes noises, to try a detector of words: WAV files of 16,000 samples a second.

    python tools/recipes/sounds.py FOLDER

Writes taught/, unseen/, words/ and noises/ to FOLDER, a folder for each class in each. espeak-ng
speaks: 20 voices teach three words, 20 other voices say these and ten other words. Each file has
noise of its own and a loudness of its own. The noises are hums, beeps, bells and hisses.
"""

import subprocess
import sys
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from scipy.io import wavfile
from scipy.signal import resample_poly

RATE = 16_000
WORDS = ("lights", "music", "weather")
OTHERS = ("answer", "coffee", "garden", "hello", "monday")
OTHERS += ("number", "paper", "seven", "water", "window")
ACCENTS = ("en-us", "en-gb", "en-gb-scotland", "en-029", "en-gb-x-rp", "en-gb-x-gbcwmd")
ACCENTS += ("en-gb-x-gbclan", "en-us-nyc")
SPEAKERS = ("m1", "f1", "m3", "f2", "m7")
VOICES = np.random.default_rng(0).permutation(list(product(ACCENTS, SPEAKERS)))
TIME = np.arange(RATE) / RATE


def speak(word, voice, rng):
    accent, speaker = voice
    options = ["-v", f"{accent}+{speaker}", "-s", str(rng.integers(140, 180))]
    options += ["-p", str(rng.integers(30, 70))]
    with TemporaryDirectory() as folder:
        said = f"{folder}/said.wav"
        subprocess.run(["espeak-ng", *options, "-w", said, word], check=True)
        rate, sound = wavfile.read(said)
    return resample_poly(sound.astype(float), RATE, rate)


def hum(rng):
    pitch = rng.uniform(50, 400)
    return sum(np.sin(2 * np.pi * pitch * k * TIME) / k for k in range(1, 6))


def beep(rng):
    pitch, beat = rng.uniform(400, 3000), rng.uniform(2, 9)
    return np.sin(2 * np.pi * pitch * TIME) * (np.sin(2 * np.pi * beat * TIME) > 0)


def bell(rng):
    pitch = rng.uniform(200, 900)
    partials = sum(np.sin(2 * np.pi * pitch * k * TIME) / k for k in (1, 2.76, 5.4))
    return partials * np.exp(-rng.uniform(3, 9) * TIME)


def hiss(rng):
    swell = rng.uniform(0.05, 0.3)
    return rng.normal(size=RATE) * np.exp(-(((TIME - 0.5) / swell) ** 2))


def write(path, sound, rng):
    sound = sound / np.abs(sound).max() * rng.uniform(4_000, 20_000)
    sound = sound + rng.normal(0, rng.uniform(10, 100), len(sound))
    path.parent.mkdir(parents=True, exist_ok=True)
    wavfile.write(path, RATE, sound.round().astype(np.int16))


def main(folder):
    rng = np.random.default_rng(1)
    half = len(VOICES) // 2
    sets = {
        "taught": (WORDS, VOICES[:half]),
        "unseen": (WORDS, VOICES[half:]),
        "words": (OTHERS, VOICES[half:]),
    }
    for name, (words, voices) in sets.items():
        for word, (at, voice) in product(words, enumerate(voices)):
            write(folder / name / word / f"{at:02}.wav", speak(word, voice, rng), rng)
    for make, at in product((hum, beep, bell, hiss), range(25)):
        write(folder / "noises" / make.__name__ / f"{at:02}.wav", make(rng), rng)


main(Path(sys.argv[1]))
