"""The world's observatories by their names: where they stand, to about 0.01 degree, which moves no star by more.

From what the observatories and the Minor Planet Center's list of codes publish. Who has a telescope elsewhere gives its
longitude, latitude and height in the settings.
"""

from __future__ import annotations

import difflib
import unicodedata
from functools import cache

from fink_tui.sky.site import Site

OBSERVATORIES: tuple[tuple[str, str, float, float, float], ...] = (
    # Name, other names, longitude (degrees, east positive), latitude (degrees, geodetic), height (metres).
    # --- Chile, Argentina, Brazil, Venezuela
    ("La Silla", "ESO La Silla, NTT, BlackGEM, REM", -70.733, -29.257, 2375),
    ("Paranal", "Cerro Paranal, ESO Paranal, VLT, VISTA, VST, NGTS", -70.405, -24.627, 2635),
    ("Cerro Armazones", "ELT, ESO Armazones", -70.192, -24.589, 3046),
    ("Cerro Tololo", "CTIO, Blanco, DECam, KMTNet CTIO, LCO CTIO, LSC", -70.806, -30.169, 2207),
    ("Cerro Pachon", "Pachon, Gemini South, GS", -70.737, -30.241, 2722),
    ("SOAR", "", -70.734, -30.238, 2713),
    ("Rubin", "Vera Rubin, Vera C. Rubin, LSST, Simonyi", -70.749, -30.245, 2663),
    ("Las Campanas", "LCO, Magellan, du Pont, Swope, OGLE", -70.692, -29.015, 2380),
    ("El Sauce", "Rio Hurtado, ATLAS Chile, ATLAS STH", -70.763, -30.472, 1570),
    ("San Pedro de Atacama", "SPACEOBS", -68.180, -22.953, 2400),
    ("El Leoncito", "CASLEO, Jorge Sahade", -69.296, -31.799, 2552),
    ("Bosque Alegre", "EABA", -64.546, -31.598, 1250),
    ("Pico dos Dias", "LNA, OPD", -45.583, -22.534, 1864),
    ("Llano del Hato", "CIDA, National Observatory of Venezuela", -70.870, 8.787, 3600),
    # --- Mexico, United States, Canada
    ("San Pedro Martir", "OAN-SPM, SPM, COLIBRI, DDOTI, SAINT-EX", -115.464, 31.044, 2830),
    ("Cananea", "Guillermo Haro, OAGH", -110.384, 31.053, 2480),
    ("Tonantzintla", "", -98.314, 19.033, 2160),
    ("Palomar", "Mount Palomar, Hale, ZTF, P200, P60, P48, SEDM", -116.865, 33.356, 1712),
    ("Kitt Peak", "KPNO, Mayall, Bok, WIYN, DESI", -111.600, 31.960, 2096),
    ("MDM", "Michigan-Dartmouth-MIT, Hiltner, McGraw-Hill", -111.617, 31.951, 1938),
    ("Mount Hopkins", "Whipple, FLWO, VERITAS", -110.878, 31.681, 2320),
    ("MMT", "Multiple Mirror Telescope", -110.885, 31.688, 2608),
    ("Mount Graham", "LBT, Large Binocular Telescope, VATT", -109.889, 32.701, 3191),
    ("Mount Lemmon", "Mt Lemmon Survey, SkyCenter", -110.789, 32.443, 2776),
    ("Mount Bigelow", "Catalina, Catalina Sky Survey, Kuiper", -110.733, 32.417, 2510),
    ("Lowell Discovery Telescope", "LDT, DCT, Discovery Channel Telescope, Happy Jack", -111.422, 34.744, 2361),
    ("Anderson Mesa", "Lowell Anderson Mesa, NPOI, Perkins", -111.536, 35.097, 2163),
    ("Lowell", "Mars Hill", -111.665, 35.203, 2210),
    ("Flagstaff", "USNO Flagstaff, NOFS", -111.740, 35.184, 2316),
    ("Apache Point", "APO, ARC, SDSS", -105.820, 32.780, 2788),
    ("New Mexico Skies", "Mayhill", -105.529, 32.903, 2225),
    ("Magdalena Ridge", "", -107.189, 33.985, 3240),
    ("McDonald", "LCO McDonald, ELP, Harlan J. Smith", -104.022, 30.672, 2075),
    ("Hobby-Eberly Telescope", "HET, HETDEX", -104.015, 30.681, 2026),
    ("Lick", "Mount Hamilton, Shane, KAIT, Nickel", -121.637, 37.343, 1283),
    ("Mount Wilson", "CHARA", -118.059, 34.224, 1742),
    ("Table Mountain", "TMO, JPL Table Mountain", -117.682, 34.382, 2286),
    ("Sierra Remote", "SRO, Auberry", -119.413, 37.070, 1405),
    ("Manastash Ridge", "", -120.728, 46.953, 1198),
    ("Wyoming Infrared", "WIRO, Jelm Mountain", -105.977, 41.097, 2943),
    ("Yerkes", "", -88.557, 42.570, 334),
    ("Mauna Kea", "MKO", -155.468, 19.821, 4205),
    ("Keck", "W. M. Keck", -155.475, 19.826, 4145),
    ("Gemini North", "GN", -155.469, 19.824, 4213),
    ("Subaru", "HSC, PFS", -155.476, 19.826, 4139),
    ("CFHT", "Canada-France-Hawaii Telescope, MegaCam", -155.469, 19.825, 4204),
    ("IRTF", "NASA Infrared Telescope Facility", -155.472, 19.826, 4168),
    ("UKIRT", "United Kingdom Infrared Telescope", -155.470, 19.822, 4194),
    ("Haleakala", "Pan-STARRS, PS1, PS2, ATLAS Haleakala, Faulkes North, FTN, OGG", -156.256, 20.707, 3055),
    ("Mauna Loa", "ATLAS Mauna Loa", -155.576, 19.536, 3397),
    ("Dominion Astrophysical Observatory", "DAO, Victoria, Plaskett", -123.417, 48.520, 238),
    ("Mont Megantic", "OMM", -71.153, 45.456, 1111),
    # --- the Canary Islands, Spain, France, Italy
    (
        "La Palma",
        "Roque de los Muchachos, ORM, GTC, WHT, INT, NOT, Nordic Optical Telescope, TNG, Mercator, GOTO North, "
        "Liverpool Telescope, MAGIC, ING, Isaac Newton, William Herschel",
        -17.885,
        28.758,
        2350,
    ),
    ("Teide", "Izana, Tenerife, OT, ATLAS Teide, LCO Teide, TFN, OGS, STELLA", -16.510, 28.300, 2390),
    ("Calar Alto", "CAHA", -2.546, 37.224, 2168),
    ("Javalambre", "OAJ, JAST", -1.016, 40.042, 1957),
    ("Sierra Nevada", "OSN", -3.385, 37.064, 2896),
    ("Montsec", "Joan Oro, TJO, OAdM", 0.730, 42.051, 1570),
    ("La Sagra", "OLS", -2.566, 37.983, 1580),
    ("Nerpio", "AstroCamp", -2.327, 38.166, 1650),
    ("Haute-Provence", "OHP, Saint-Michel", 5.713, 43.931, 650),
    ("Pic du Midi", "TBL, Bernard Lyot", 0.142, 42.936, 2877),
    ("Calern", "Cote d'Azur, C2PU, TAROT Calern", 6.923, 43.754, 1270),
    ("Saint-Veran", "", 6.907, 44.700, 2936),
    ("Asiago", "Cima Ekar, Mount Ekar, Copernico", 11.569, 45.849, 1376),
    ("Loiano", "Cassini", 11.332, 44.259, 785),
    ("Campo Imperatore", "", 13.558, 42.444, 2150),
    ("Serra La Nave", "Catania, Etna", 14.974, 37.692, 1735),
    # --- the rest of Europe, the Caucasus
    ("Greenwich", "", 0.0, 51.478, 46),
    ("Tautenburg", "TLS, Karl Schwarzschild", 11.711, 50.980, 341),
    ("Wendelstein", "", 12.012, 47.704, 1838),
    ("Leopold Figl", "Mitterschopfl", 15.924, 48.084, 880),
    ("Ondrejov", "", 14.784, 49.910, 500),
    ("Klet", "", 14.285, 48.863, 1068),
    ("Skalnate Pleso", "", 20.234, 49.189, 1783),
    ("Piszkesteto", "Konkoly", 19.894, 47.918, 944),
    ("Ostrowik", "", 21.420, 52.090, 138),
    ("Moletai", "", 25.563, 55.316, 200),
    ("Tuorla", "", 22.445, 60.416, 53),
    ("Vidojevica", "", 21.556, 43.140, 1150),
    ("Rozhen", "", 24.739, 41.693, 1750),
    ("Skinakas", "", 24.899, 35.212, 1750),
    ("Helmos", "Aristarchos, Chelmos", 22.196, 37.985, 2340),
    ("Kryoneri", "", 22.619, 37.972, 930),
    ("TUG", "Bakirlitepe, TUBITAK, Antalya", 30.336, 36.824, 2500),
    ("DAG", "Erzurum, Karakaya", 41.227, 39.781, 3170),
    ("Crimea", "Nauchny, CrAO", 34.016, 44.727, 600),
    ("Zelenchukskaya", "SAO RAS, BTA", 41.441, 43.647, 2070),
    ("Caucasus Mountain", "CMO SAI, KGO", 42.668, 43.736, 2112),
    ("Terskol", "", 42.500, 43.275, 3120),
    ("Abastumani", "", 42.820, 41.754, 1650),
    ("Kourovka", "", 59.543, 57.036, 290),
    # --- Africa, the Near East
    ("Oukaimeden", "TRAPPIST-North, MOSS", -7.866, 31.206, 2751),
    ("Kottamia", "", 31.825, 29.932, 476),
    ("Wise", "Mitzpe Ramon", 34.762, 30.597, 875),
    ("Sutherland", "SAAO, SALT, MeerLICHT, KMTNet SAAO, ATLAS Sutherland, LCO Sutherland, CPT", 20.811, -32.379, 1760),
    ("Boyden", "", 26.406, -29.039, 1372),
    ("Hakos", "", 16.362, -23.236, 1830),
    ("HESS", "Gamsberg, ATOM", 16.500, -23.272, 1800),
    ("Les Makes", "Reunion", 55.410, -21.199, 992),
    # --- Asia
    ("Maidanak", "", 66.896, 38.673, 2593),
    ("Assy-Turgen", "Assy", 77.871, 43.226, 2750),
    ("Hanle", "IAO, GROWTH-India, HCT, Himalayan Chandra Telescope", 78.964, 32.779, 4500),
    ("Devasthal", "DOT", 79.684, 29.361, 2424),
    ("Nainital", "ARIES, Manora Peak", 79.457, 29.359, 1951),
    ("Mount Abu", "Gurushikhar", 72.779, 24.653, 1680),
    ("Vainu Bappu", "VBO, Kavalur", 78.827, 12.577, 725),
    ("Doi Inthanon", "TNO, Thai National Observatory", 98.482, 18.574, 2457),
    ("Xinglong", "LAMOST, BAO, TNT", 117.577, 40.396, 960),
    ("Lijiang", "Gaomeigu", 100.030, 26.695, 3193),
    ("Xuyi", "", 118.464, 32.736, 180),
    ("Nanshan", "", 87.177, 43.472, 2080),
    ("Lenghu", "WFST, Saishiteng", 93.896, 38.607, 4200),
    ("Lulin", "", 120.874, 23.469, 2862),
    ("Bohyunsan", "BOAO", 128.977, 36.165, 1124),
    ("Sobaeksan", "", 128.458, 36.934, 1378),
    ("Okayama", "Seimei, OAO", 133.597, 34.577, 355),
    ("Kiso", "Tomo-e Gozen", 137.628, 35.794, 1130),
    ("Higashi-Hiroshima", "Kanata", 132.777, 34.378, 511),
    ("Nishi-Harima", "Nayuta", 134.336, 35.025, 449),
    # --- Australia, New Zealand, Antarctica
    (
        "Siding Spring",
        "SSO, AAT, AAO, SkyMapper, GOTO South, KMTNet SSO, Faulkes South, FTS, COJ, LCO Siding Spring",
        149.064,
        -31.273,
        1165,
    ),
    ("Mount Stromlo", "MSO", 149.007, -35.320, 770),
    ("Mount Kent", "MINERVA-Australis", 151.855, -27.798, 682),
    ("Zadko", "Gingin", 115.713, -31.357, 50),
    ("Perth", "Bickley", 116.135, -32.008, 391),
    ("Bisdee Tier", "Greenhill, Tasmania", 147.288, -42.431, 646),
    ("Mount John", "MJUO, MOA, Otehiwai", 170.465, -43.986, 1029),
    ("Dome C", "Concordia", 123.320, -75.100, 3233),
    ("Dome A", "Kunlun", 77.116, -80.417, 4087),
    ("South Pole", "Amundsen-Scott", 0.0, -89.99, 2835),
)

NOISE = ("observatory", "observatories", "observatorio", "observatoire", "osservatorio", "the", "of")
"""Words that people add to a name or leave out."""

LINKS = ("de", "del", "du", "di")
"""Words that stand between those and a name."""


def plain(name: str) -> str:
    """A name as it is compared: without capitals, accents, blanks, signs, and the word observatory."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    # A sign within a word is nothing, between words a blank.
    spaced = "".join(c if c.isalnum() else " " if c.isspace() or c in "-_,()/" else "" for c in letters)
    words = ["mount" if word == "mt" else word for word in spaced.split()]
    kept = [word for word in words if word not in NOISE]
    if kept != words and len(kept) > 1 and kept[0] in LINKS:
        kept = kept[1:]
    return "".join(kept or words)


@cache
def _table() -> dict[str, Site]:
    """All names, as they are compared."""
    found: dict[str, Site] = {}
    for name, others, longitude, latitude, height in OBSERVATORIES:
        for one in (name, *filter(None, others.split(", "))):
            found[plain(one)] = Site(name, longitude, latitude, height)
    return found


def observatory(name: str) -> Site | None:
    """An observatory, by any of its names; None where it is not known."""
    return _table().get(plain(name))


def nearest(name: str) -> str:
    """The observatory whose name is most like one that is not known; "" where none is."""
    table = _table()
    close = difflib.get_close_matches(plain(name), table, n=1, cutoff=0.7)
    if not close:  # "ESO NTT La Silla": a name within it
        close = [known for known in table if len(known) > 4 and known in plain(name)][:1]
    return table[close[0]].name if close else ""
