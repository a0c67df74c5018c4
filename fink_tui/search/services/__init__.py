"""Other services than Fink: the CDS in Strasbourg (images of the sky, SIMBAD), and GraceDB."""
