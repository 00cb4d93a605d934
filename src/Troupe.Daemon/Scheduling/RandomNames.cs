namespace Troupe.Daemon.Scheduling;

/// <summary>Names for containers that were given none: <c>adjective_surname</c>, the surname that of someone of stage or science.</summary>
internal static class RandomNames
{
    /// <summary>Draws without a number; after that a number is appended, as Docker does.</summary>
    private const int DrawsPlain = 8;

    private static readonly string[] Adjectives =
    [
        "able", "agile", "amber", "ample", "arch", "ardent", "artful", "bold", "brave", "breezy", "bright", "brisk", "calm", "candid",
        "careful", "cheery", "civil", "clear", "clever", "coral", "cordial", "cosy", "crisp", "curious", "dapper", "daring", "deft",
        "direct", "dulcet", "eager", "earnest", "easy", "elated", "fair", "faithful", "festive", "fleet", "fluent", "fond", "frank",
        "free", "gallant", "genial", "gentle", "gifted", "glad", "golden", "graceful", "grand", "hardy", "hearty", "honest", "humble",
        "jaunty", "jolly", "jovial", "keen", "kind", "lively", "loyal", "lucid", "lucky", "mellow", "merry", "mild", "mirthful", "modest",
        "neat", "nimble", "noble", "patient", "placid", "playful", "plucky", "polite", "prompt", "proud", "quick", "quiet", "rapid",
        "ready", "robust", "rosy", "sage", "serene", "sincere", "smart", "snug", "sober", "sprightly", "steady", "stellar", "sturdy",
        "sunny", "swift", "tender", "thrifty", "tidy", "trusty", "upbeat", "valiant", "vivid", "warm", "wise", "witty", "zesty",
    ];

    private static readonly string[] Surnames =
    [
        "aeschylus", "babbage", "barba", "barrault", "bausch", "beckett", "behn", "bernhardt", "bohr", "brahe", "brecht", "brook",
        "burbage", "calderon", "cannon", "chekhov", "church", "clairon", "corneille", "coward", "craig", "curie", "darwin", "delsarte",
        "dijkstra", "dirac", "duse", "ekhof", "engels", "erdos", "euler", "euripides", "faraday", "fermi", "fo", "fugard", "galois",
        "garrick", "gauss", "germain", "goldoni", "granville", "grotowski", "gwyn", "hamilton", "hewitt", "hilbert", "hoare", "hooke",
        "hopper", "huygens", "ibsen", "ionesco", "irving", "jonson", "kanami", "kean", "kemble", "kepler", "knuth", "kovalevskaya",
        "lamport", "laplace", "lecoq", "leibniz", "lessing", "liskov", "lope", "lorca", "lovelace", "marlowe", "maxwell", "meitner",
        "melies", "meyerhold", "milner", "mnouchkine", "moliere", "napier", "neuber", "newton", "noether", "okuni", "pascal", "pauli",
        "pinter", "piscator", "planck", "plautus", "racine", "ramanujan", "reinhardt", "robson", "sarrazin", "schiller", "scofield",
        "seneca", "shannon", "sheridan", "siddons", "sophocles", "soyinka", "stanislavski", "strehler", "strindberg", "talma", "terence",
        "terry", "thespis", "turing", "vakhtangov", "valdez", "wirth", "wright", "zeami", "zeno",
    ];

    public static string Invent(Random random, Func<string, bool> isTaken)
    {
        for (var draw = 0; ; draw++)
        {
            var name = $"{Adjectives[random.Next(Adjectives.Length)]}_{Surnames[random.Next(Surnames.Length)]}";
            // Ten digits more per eight draws: ends for any number of taken names.
            if (draw >= DrawsPlain) name += random.NextInt64((long)Math.Pow(10, Math.Min(18, draw / DrawsPlain)));
            if (!isTaken(name)) return name;
        }
    }
}
