package audio

const ()
