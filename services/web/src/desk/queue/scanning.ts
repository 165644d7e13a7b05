/** Codes seen by a camera, in browsers that can read them by themselves. */

interface Detector {
  detect: (source: HTMLVideoElement) => Promise<{ rawValue: string }[]>
}

type Made = new (options: { formats: string[] }) => Detector

const made = () => (globalThis as { BarcodeDetector?: Made }).BarcodeDetector

export function canScan(): boolean {
  return made() !== undefined && navigator.mediaDevices !== undefined
}

const AGAIN_MS = 150

/** The first QR code that is seen; undefined if it was given up before. Rejects if there is no camera to be had. */
export async function scan(video: HTMLVideoElement, signal: AbortSignal): Promise<string | undefined> {
  const Detector = made()
  if (!Detector) return undefined
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
  try {
    video.srcObject = stream
    await video.play()
    const detector = new Detector({ formats: ['qr_code'] })
    while (!signal.aborted) {
      const [seen] = await detector.detect(video)
      if (seen?.rawValue) return seen.rawValue
      await new Promise((again) => setTimeout(again, AGAIN_MS))
    }
    return undefined
  } finally {
    for (const track of stream.getTracks()) track.stop()
  }
}
