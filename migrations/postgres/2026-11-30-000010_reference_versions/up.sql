-- expand: a program of before neither reads nor writes the table; what it changes moves only reference_version.
-- One row: a counter for each kind of reference data, so that a gateway reads anew only the kinds that have changed.
-- reference_version moves by one for each kind that a change moves; where it has moved by more, everything is read.
CREATE TABLE reference_versions (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    places BIGINT NOT NULL,
    logins BIGINT NOT NULL,
    rules BIGINT NOT NULL
);
INSERT INTO reference_versions (id, places, logins, rules) VALUES (1, 1, 1, 1);
