import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import sqlite3 from 'sqlite3'

/** Somebody else holds the data folder. */
export class DataInUse extends Error {}

/**
 * Takes the data folder for this process alone, until `close` or the process's end.
 *
 * The lock is SQLite's own on a file of its own: the kernel gives it back when the process dies, however it dies.
 */
export function lockData(folder: string): Promise<{ close(): Promise<void> }> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  return new Promise((resolve, reject) => {
    const file = new sqlite3.Database(join(folder, 'owner.lock'))
    file.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE', error => {
      if (!error) {
        resolve({ close: () => new Promise(done => file.close(() => done())) })
        return
      }
      file.close()
      reject(
        /SQLITE_BUSY/.test(error.message)
          ? new DataInUse(
              `Die Daten in ${folder} gehören gerade einem anderen Pforte-Prozess. Bitte zuerst diesen beenden.`,
            )
          : error,
      )
    })
  })
}
