/** This client's version, told to the engine with every call; package.json has the same. */
export const VERSION = '0.2.0'
