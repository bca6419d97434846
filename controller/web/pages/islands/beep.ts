// What a person notices without looking at the page: a sound and a shake.

const tone = 880; // Hz
const length = 0.25; // s
const loudness = 0.4;

// beep sounds and shakes once. A browser that may not, or cannot, stays quiet.
export function beep(): void {
  navigator.vibrate?.([400, 150, 400]);
  try {
    const context = new AudioContext(); // not the microphone's, which may be what is dead
    const source = context.createOscillator();
    const gain = context.createGain();
    source.frequency.value = tone;
    gain.gain.value = loudness;
    source.connect(gain).connect(context.destination);
    source.onended = () => void context.close();
    source.start();
    source.stop(context.currentTime + length);
  } catch {
    // it was shown all the same
  }
}
