"""Searching: what this machine has, and what Fink's REST API, ZTF's and LSST's, answers.

How a search goes, from what is typed to what is shown:

    line/       a line is read, and understood: `Understood` holds the questions, and what is wanted of the answers
    searching   does it, in a thread, and reports an `Outcome` again and again
    local       looks in the store, at once
    resolver    says what a name is (`meanings`): TNS, SIMBAD, SsODNet, this machine's own alerts
    part        answers one `Question`, in as many requests as a complete answer needs (`cone_pieces`, `cones`)
    asking      gives a kept answer that still serves, or asks Fink and keeps the body
    http/       the client: one request, its retries, its errors in words
    ordered, tables what came: alerts in the order of the search, or a table

`tonight` knows which answers about ZTF lack the present night. `history` asks for all of one object, `stamps` for the
images of an alert, both with `asking`. `services/` are those of others: images of the sky and SIMBAD's objects around a
place, sky maps of gravitational waves. `api/` is the table of Fink's endpoints and arguments, by which every question
is checked before it is asked. `errors` is one tree for all. Imports run from the top of this list down.
"""
