/** Of recipients of ours: further than that no mail can get. */
export const DELIVERED_HERE = '250 2.0.0 Delivered here'
