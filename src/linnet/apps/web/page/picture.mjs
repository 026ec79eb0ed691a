/* picture.mjs - a spectrogram on a canvas, in colours that grow lighter with the level. */

const RANGE_DB = 75; // from the brightest point of the first picture down to black
const STOPS = [[9, 9, 20], [38, 20, 66], [98, 24, 92], [166, 51, 72], [222, 106, 62], [250, 178, 96], [255, 246, 214]];

const COLOURS = new Uint8ClampedArray(4 * 256); // red, green, blue, opaque
for (let level = 0; level < 256; level++) {
    const place = (level / 255) * (STOPS.length - 1), i = Math.min(Math.floor(place), STOPS.length - 2);
    COLOURS.set([...STOPS[i].map((from, c) => from + (STOPS[i + 1][c] - from) * (place - i)), 255], 4 * level);
}

/** The level that is drawn brightest: that of the loudest point. */
export function topOf(decibels) {
    return decibels.reduce((top, value) => Math.max(top, value), -60);
}

/** Draw decibels of as many columns as the canvas has, its height being the number of bins. */
export function draw(canvas, decibels, topDb) {
    const { width, height } = canvas, image = new ImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer), colours = new Uint32Array(COLOURS.buffer);
    for (let x = 0; x < width; x++)
        for (let y = 0; y < height; y++) {
            const value = decibels[x * height + (height - 1 - y)];
            const level = Math.round(255 * Math.max(0, Math.min(1, 1 + (value - topDb) / RANGE_DB)));
            pixels[y * width + x] = colours[level];
        }
    canvas.getContext("2d").putImageData(image, 0, 0);
}
