"""Which espeak-ng variants train the model and which ones it never hears."""

# Heard in training, all synthesised with the Mandarin pinyin voice.
TRAIN_VOICES: tuple[str, ...] = (
    *("m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "f1", "f2", "f3", "f4", "f5"),
    *("Alex", "Alicia", "Andrea", "Andy", "Annie", "belinda", "benjamin", "boris", "caleb", "david", "ed"),
    *("edward", "john", "linda", "max", "Michael"),
    *("antonio", "aunty", "Denis", "Diogo", "Gene", "Gene2", "grandma", "grandpa", "gustave", "Henrique"),
    *("iven", "iven2", "iven3", "iven4", "kaukovalta", "Lee", "Marco", "Mario", "michel", "miguel", "Mike"),
    *("Nguyen", "norbert", "pedro", "quincy", "rob", "robert", "travis", "edward2", "klatt2", "klatt4"),
)

# Never in training: the demo calls and the quick evaluation speak with these.
UNSEEN_VOICES: tuple[str, ...] = (
    *("adam", "anika", "Jacky", "steph", "steph2", "steph3", "Tweaky", "shelby", "sandro", "pablo", "paul"),
    *("victor", "marcelo", "Hugo", "zac"),
)

# Ranges of espeak-ng's -s (words per minute) and -p (0 to 99) in training; the demo stays inside them.
SPEED_RANGE: tuple[int, int] = (180, 310)
PITCH_RANGE: tuple[int, int] = (15, 90)
