import CSQLite
import PulpCapability
