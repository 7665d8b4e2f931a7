/** All that is asked of the templates, in one process: the construct library takes seconds to load. */
import './alarms.ts'
import './data.ts'
import './nag.ts'
import './isolation.ts'
import './network.ts'
import './permissions.ts'
import './profiles.ts'
