// The page of today: kept true, and with the stops of what is on air.
import "./refresh";
import "./air";
