from __future__ import annotations

import pytest

from fink_tui.sky.coordinates import separation
from fink_tui.sky.observatories import OBSERVATORIES, nearest, observatory, plain


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("la silla", "La Silla"),
        ("LaSilla", "La Silla"),
        ("ESO La Silla", "La Silla"),
        ("La Silla Observatory", "La Silla"),
        ("  La   Silla ", "La Silla"),
        ("Cerro Pachón", "Cerro Pachon"),
        ("San Pedro Mártir", "San Pedro Martir"),
        ("Observatoire de Haute-Provence", "Haute-Provence"),
        ("Observatorio del Roque de los Muchachos", "La Palma"),
        ("Mt. Wilson", "Mount Wilson"),
        ("Mt Stromlo", "Mount Stromlo"),
        ("Vera C. Rubin Observatory", "Rubin"),
        ("W.M. Keck", "Keck"),
        ("the Dominion Astrophysical Observatory", "Dominion Astrophysical Observatory"),
        ("pan starrs", "Haleakala"),
        ("NOT", "La Palma"),
        ("lsst", "Rubin"),
        ("Tübitak", "TUG"),
        ("Ondřejov", "Ondrejov"),
        ("Piszkéstető", "Piszkesteto"),
    ],
)
def test_a_name_may_be_written_in_many_ways(written: str, name: str) -> None:
    found = observatory(written)
    assert found is not None
    assert found.name == name


def test_what_is_not_known_has_a_nearest_name() -> None:
    assert observatory("La Sila") is None
    assert nearest("La Sila") == "La Silla"
    assert nearest("Palomer") == "Palomar"
    assert nearest("Xyzzy") == ""
    assert observatory("") is None


def test_no_two_observatories_share_a_name() -> None:
    names = [plain(one) for name, others, *_ in OBSERVATORIES for one in (name, *filter(None, others.split(", ")))]
    assert len(names) == len(set(names)) > 200
    assert all(names)


def test_every_place_is_on_the_earth_and_every_name_ascii() -> None:
    for name, others, longitude, latitude, height in OBSERVATORIES:
        assert -180 <= longitude <= 180
        assert -90 <= latitude <= 90
        assert 0 < height < 5000
        assert (name + others).isascii()


# What the observatories themselves publish, or the IRAF and astropy lists of sites: longitude, latitude, height.
PUBLISHED = {
    "La Silla": (289.27, -29.2567, 2347),
    "Paranal": (-70.40499, -24.62744, 2669),
    "Cerro Tololo": (289.185, -30.16528, 2215),
    "Gemini South": (289.26332, -30.24074, 2750),
    "Las Campanas": (289.29833, -29.00333, 2282),
    "Palomar": (243.137, 33.356, 1706),
    "Kitt Peak": (248.4, 31.96333, 2120),
    "MDM": (248.38333, 31.95, 1938),
    "MMT": (249.115, 31.68833, 2608),
    "Whipple": (249.1225, 31.68094, 2320),
    "Catalina": (249.26833, 32.41667, 2510),
    "Mount Graham": (250.1281, 32.7016, 3191),
    "DCT": (248.577485, 34.744305, 2337),
    "Anderson Mesa": (248.465, 35.09667, 2198),
    "Mars Hill": (-111.664781, 35.202875, 2195),
    "APO": (254.18, 32.78, 2798),
    "McDonald": (255.97833, 30.67167, 2075),
    "HET": (255.985278, 30.681389, 2026),
    "Lick": (238.36333, 37.34333, 1290),
    "Mount Wilson": (-118.061684, 34.22258, 1742),
    "Manastash Ridge": (-120.7278, 46.9528, 1198),
    "DAO": (236.58333, 48.52167, 229),
    "OMM": (-71.1525, 45.45571, 1108),
    "SPM": (-115.46361, 31.04417, 2830),
    "Tonantzintla": (261.68611, 19.03278, 2160),
    "Llano del Hato": (289.13333, 8.79, 3610),
    "CFHT": (204.52833, 19.82667, 4215),
    "Keck": (204.52167, 19.82833, 4160),
    "Gemini North": (-155.469047, 19.823801, 4213),
    "Subaru": (204.523889, 19.825556, 4139),
    "IRTF": (-155.471999, 19.826218, 4168),
    "UKIRT": (204.529672, 19.822431, 4198),
    "Haleakala": (203.7436, 20.7067, 3067),
    "La Palma": (342.12, 28.75833, 2327),
    "Teide": (343.490278, 28.3, 2390),
    "CAHA": (357.453889, 37.223611, 2168),
    "OAJ": (358.983917, 40.042019, 1956),
    "OHP": (5.713333, 43.930833, 650),
    "Asiago": (11.581133, 45.848589, 1413),
    "Greenwich": (-0.001475, 51.477811, 46),
    "TUG": (30.335555, 36.824166, 2500),
    "Wise": (34.76218, 30.59739, 875),
    "SALT": (20.810808, -32.375823, 1798),
    "IAO": (78.964167, 32.779444, 4500),
    "Vainu Bappu": (78.8266, 12.57666, 725),
    "TNO": (98.486667, 18.590556, 2457),
    "Xinglong": (117.575, 40.393333, 950),
    "Okayama": (133.593956, 34.577075, 370),
    "SSO": (149.061194, -31.273361, 1149),
    "Mount Stromlo": (149.024333, -35.32065, 767),
    "Mount John": (170.465062, -43.985741, 1029),
    "Cerro Armazones": (-70.19167, -24.58917, 3046),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_places_are_those_that_are_published(name: str) -> None:
    longitude, latitude, height = PUBLISHED[name]
    found = observatory(name)
    assert found is not None
    # Two arcminutes: telescopes of one mountain, and old lists, differ by as much.
    assert separation(found.longitude, found.latitude, longitude, latitude) < 0.02
    assert abs(found.height - height) < 110
