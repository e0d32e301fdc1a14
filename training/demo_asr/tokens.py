"""Token ids of Whisper's multilingual vocabulary that training and conversion need."""

from pathlib import Path

from tokenizers import Tokenizer

TOKENIZER_FILE = Path("models/demo-zh/tokenizer.json")

END, START, CHINESE, TRANSCRIBE = 50257, 50258, 50260, 50359
PREVIOUS, NO_SPEECH, NO_TIMES, TIME_ZERO = 50361, 50362, 50363, 50364
N_TIMES = 1501  # 0.00 to 30.00 s in steps of 20 ms
VOCABULARY = 51_865
SPECIALS = (END, START, CHINESE, TRANSCRIBE, PREVIOUS, NO_SPEECH, NO_TIMES)
PUNCTUATION = "，。？！、"


def load_tokenizer(path: Path = TOKENIZER_FILE) -> Tokenizer:
    """The tokenizer, checked against the ids above."""
    tokenizer = Tokenizer.from_file(str(path))
    names = ("endoftext", "startoftranscript", "zh", "transcribe", "startofprev", "nospeech", "notimestamps", "0.00")
    ids = (*SPECIALS, TIME_ZERO)
    found = tuple(tokenizer.token_to_id(f"<|{name}|>") for name in names)
    if found != ids:
        raise ValueError(f"{path}: special tokens have ids {found}, Whisper's are {ids}")
    return tokenizer


def row_ids(text_ids: set[int]) -> list[int]:
    """The ids that get a row: text tokens in order, then specials, then all times."""
    return [*sorted(text_ids), *SPECIALS, *range(TIME_ZERO, TIME_ZERO + N_TIMES)]
